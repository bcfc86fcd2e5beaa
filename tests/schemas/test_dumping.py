"""A compiled dump function returns the same as the schema."""

from __future__ import annotations

from datetime import UTC

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields

from blog_api.schemas import posts, sessions, tags, users
from blog_api.schemas.dumping import compile_dump

SCHEMAS = [
    posts.Post(),
    posts.PostPage(),
    users.User(),
    users.UserPage(),
    tags.Tag(),
    tags.TagPage(),
    sessions.LoginSessions(),
    sessions.Tokens(),
]


def sources(schema):
    """Generate results of views for `schema`, with and without optional members, and with extra ones."""
    members = {name: values(field) for name, field in schema.dump_fields.items()}
    more = {"version": st.integers(), "sort_key": st.text()}
    return st.fixed_dictionaries({}, optional={**more, **members})


def values(field):
    value = _present_values(field)
    return st.none() | value if field.allow_none else value


def _present_values(field):
    if isinstance(field, fields.Nested):
        return sources(field.schema)
    if isinstance(field, fields.List):
        return st.lists(values(field.inner), max_size=3)
    kinds = {
        fields.AwareDateTime: st.datetimes(timezones=st.just(UTC)),
        fields.Integer: st.integers(-(2**63), 2**63 - 1),
        fields.Boolean: st.booleans(),
        fields.String: st.text(),
        fields.Dict: st.dictionaries(st.text(), st.none() | st.integers(0, 9) | st.text(), max_size=3),
    }
    return next(strategy for kind, strategy in kinds.items() if isinstance(field, kind))


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: type(schema).__name__)
def test_a_compiled_dump_equals_the_dump_of_the_schema(schema):
    dump = compile_dump(schema)

    @given(sources(schema))
    def check(source):
        sent = orjson.dumps(dump(source), option=orjson.OPT_UTC_Z)
        assert orjson.loads(sent) == schema.dump(source)
        assert list(orjson.loads(sent)) == list(schema.dump(source))

    check()


def test_an_unsupported_field_type_raises_at_startup():
    class Strange(Schema):
        price = fields.Decimal()

    with pytest.raises(TypeError, match="Decimal"):
        compile_dump(Strange())

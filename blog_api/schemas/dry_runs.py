"""The query parameter `dry_run`, which the write routes of some blueprints take."""

from __future__ import annotations

from functools import cache
from typing import Any

from marshmallow import Schema as AnySchema
from marshmallow import post_load

from blog_api.schemas.base import Schema
from blog_api.schemas.fields import QueryBoolean


class DryRun(Schema):
    """The query parameters of a write route that takes no others."""

    dry_run = QueryBoolean(
        load_default=False,
        metadata={
            "description": "Respond as if the request had been executed, but save nothing and send no mail. The "
            "response has the header `Dry-Run`, but neither `ETag` nor `Location`. `Idempotency-Key` is ignored."
        },
    )

    @post_load
    def drop(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Drop the parameter: the request pipeline reads it, not the view."""
        return {name: value for name, value in data.items() if name != "dry_run"}


@cache
def with_dry_run(schema: AnySchema) -> AnySchema:
    """Return a query schema that accepts `dry_run` in addition to the parameters of `schema`."""
    kind = type(schema)
    extended: type[AnySchema] = type(kind.__name__, (DryRun, kind), {})
    return extended()

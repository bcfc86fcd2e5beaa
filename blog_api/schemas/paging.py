"""Pagination: query parameters of lists, and the page metadata in responses."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError, fields, missing, post_load, validate

from blog_api.paging.cursors import CursorError, Key, scope_of
from blog_api.paging.pages import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from blog_api.schemas.base import Message, Schema
from blog_api.schemas.fields import Choice, Integer, OutputString, QueryBoolean, QueryInteger, Text

# A tag key has up to 900 characters of up to four bytes each, in base64.
MAX_CURSOR = 6000


def sort_field(sort_keys: dict[str, type[Key]], default: str | None, **kwargs: Any) -> Choice:
    """Return the `sort` parameter, which takes each of `sort_keys`, with `-` in front for descending order."""
    choices = tuple(f"{sign}{name}" for name in sort_keys for sign in ("", "-"))
    metadata = {"description": "Sort key, with `-` in front for descending order. Ties are sorted by id."}
    defaults = {"load_default": default} if default else {}
    return Choice(choices, metadata=metadata, **defaults, **kwargs)


class PageQuery(Schema):
    """The page parameters. Load `filters`, and a PageRequest as `page`."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {}
    # Parameters that affect neither which rows match nor their order. A cursor does not depend on them.
    presentation: ClassVar[frozenset[str]] = frozenset({"limit", "offset", "cursor", "total"})

    hints: ClassVar[dict[str, str]] = dict.fromkeys(
        ("page", "page_number"),
        "This parameter is unknown. For the next page, send the next_cursor of this one as cursor, "
        "or the number of items to skip as offset.",
    ) | dict.fromkeys(("page_size", "per_page"), "This parameter is unknown. The size of a page is limit.")

    limit = QueryInteger(
        1,
        MAX_LIMIT,
        load_default=DEFAULT_LIMIT,
        metadata={"description": "Maximum number of items per page."},
    )
    cursor = Text(
        1, MAX_CURSOR, metadata={"description": "The `next_cursor` or `prev_cursor` of another page."}
    )
    offset = QueryInteger(
        0, metadata={"description": "Number of items to skip. Cannot be combined with `cursor`."}
    )
    total = QueryBoolean(
        load_default=False, metadata={"description": "Whether to count all items that match the filters."}
    )

    def __init__(self) -> None:
        # Partial loading skips missing parameters, which are most of about twenty. make_page adds their defaults.
        super().__init__(partial=True)
        defaults = {name: field.load_default for name, field in self.load_fields.items()}
        self._defaults = {name: value for name, value in defaults.items() if value is not missing}

    def default_sort(self, data: dict[str, Any]) -> str:
        """Return the sort order if the request has none."""
        raise NotImplementedError

    @post_load
    def make_page(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        data = self._defaults | data
        sort = data.pop("sort", None) or self.default_sort(data)
        filters = {name: value for name, value in data.items() if name not in self.presentation}
        page = PageRequest(
            sort,
            scope_of(sort, filters),
            data["limit"],
            data.get("offset"),
            total=data.get("total", False),
            kind=self.sort_keys[sort.lstrip("-")],
        )
        extra = {name: data[name] for name in self.presentation - PageQuery.presentation if name in data}
        loaded = {"filters": filters, "page": page, **extra}
        return self.at_cursor(loaded, data["cursor"]) if "cursor" in data else loaded

    def at_cursor(self, loaded: dict[str, Any], cursor: str) -> dict[str, Any]:
        """Return the loaded query with this cursor added. Raises ValidationError."""
        page: PageRequest = loaded["page"]
        if page.cursor is not None:
            raise ValidationError(Message("Specify this parameter only once.", "repeated"), "cursor")
        if page.offset is not None:
            raise ValidationError(Message("This cannot be combined with cursor.", "not_together"), "offset")
        try:
            return loaded | {"page": page.at(cursor)}
        except CursorError as error:
            raise ValidationError(Message(str(error), "bad_cursor"), "cursor") from error


class Pagination(Schema):
    """The position of a page. A cursor is null if there is no such page."""

    limit = Integer(1, MAX_LIMIT, required=True, metadata={"example": DEFAULT_LIMIT})
    next_cursor = OutputString(
        MAX_CURSOR, "WyJhNGYwYzEi", allow_none=True, metadata={"description": "Null on the last page."}
    )
    prev_cursor = OutputString(
        MAX_CURSOR, allow_none=True, metadata={"description": "Null on the first page.", "example": None}
    )
    total = Integer(
        0, metadata={"description": "Number of items on all pages. Only present with `total=true`."}
    )


def page_of(item: Schema, name: str) -> type[MarshmallowSchema]:
    """Return the schema of a page of `item`s, which the OpenAPI document shows under `name`."""
    members: dict[str, fields.Field[Any]] = {
        "data": fields.List(fields.Nested(item), required=True, validate=validate.Length(max=MAX_LIMIT)),
        "pagination": fields.Nested(Pagination(), required=True),
    }
    return Schema.from_dict(members, name=name)

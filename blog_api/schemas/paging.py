"""What every list takes and gives: page parameters in, a page out."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, missing, post_load

from blog_api.paging.cursors import CursorError, Key, scope_of
from blog_api.paging.pages import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from blog_api.schemas.base import Message, Schema
from blog_api.schemas.fields import Choice, Integer, OutputString, QueryBoolean, QueryInteger, Text

# The key of a tag has up to 900 characters, each of up to four bytes, in base64.
MAX_CURSOR = 6000


def sort_field(sort_keys: dict[str, type[Key]], default: str | None, **kwargs: Any) -> Choice:
    """The parameter `sort`: each key of `sort_keys`, plain or with `-` for descending."""
    choices = tuple(f"{sign}{name}" for name in sort_keys for sign in ("", "-"))
    metadata = {"description": "The sort key, with `-` for descending. The id decides between equals."}
    defaults = {"load_default": default} if default else {}
    return Choice(choices, metadata=metadata, **defaults, **kwargs)


class PageQuery(Schema):
    """The page parameters. Loading gives the filters, and under `page` a PageRequest made of the rest."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {}
    # What changes how much is shown, but not which rows in which order.
    presentation: ClassVar[frozenset[str]] = frozenset({"limit", "offset", "cursor", "total"})

    limit = QueryInteger(
        1, MAX_LIMIT, load_default=DEFAULT_LIMIT, metadata={"description": "Rows of a page."}
    )
    cursor = Text(1, MAX_CURSOR, metadata={"description": "`next_cursor` or `prev_cursor` of another page."})
    offset = QueryInteger(0, metadata={"description": "Rows to skip. Not together with a cursor."})
    total = QueryBoolean(load_default=False, metadata={"description": "Also count the whole filtered list."})

    def __init__(self) -> None:
        # What is not given, most of some twenty parameters, is passed over; its default is put in by `make_page`.
        super().__init__(partial=True)
        defaults = {name: field.load_default for name, field in self.load_fields.items()}
        self._defaults = {name: value for name, value in defaults.items() if value is not missing}

    def default_sort(self, data: dict[str, Any]) -> str:
        """The sort where none is asked for."""
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
            total=data["total"],
            kind=self.sort_keys[sort.lstrip("-")],
        )
        shown = {name: data[name] for name in self.presentation - PageQuery.presentation if name in data}
        meaning = {"filters": filters, "page": page, **shown}
        return self.at_cursor(meaning, data["cursor"]) if "cursor" in data else meaning

    def at_cursor(self, meaning: dict[str, Any], cursor: str) -> dict[str, Any]:
        """What a query means that has this cursor beside what means `meaning`. Raises ValidationError."""
        page: PageRequest = meaning["page"]
        if page.cursor is not None:
            raise ValidationError(Message("Give this parameter once.", "repeated"), "cursor")
        if page.offset is not None:
            raise ValidationError(
                Message("An offset cannot be given with a cursor.", "not_together"), "offset"
            )
        try:
            return meaning | {"page": page.at(cursor)}
        except CursorError as error:
            raise ValidationError(Message(str(error), "bad_cursor"), "cursor") from error


class Pagination(Schema):
    """Where this page is. A cursor is null where there is no such page."""

    limit = Integer(1, MAX_LIMIT, required=True, metadata={"example": DEFAULT_LIMIT})
    next_cursor = OutputString(MAX_CURSOR, "WyJhNGYwYzEi", allow_none=True)
    prev_cursor = OutputString(MAX_CURSOR, allow_none=True, metadata={"example": None})
    total = Integer(0, metadata={"description": "Only where `total=true` asked for it."})

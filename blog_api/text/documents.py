"""Read posts and author profiles from front matter of Jekyll, Hugo and Zola."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from blog_api.text import front_matter
from blog_api.text.dates import parse_datetime, split_dated_name
from blog_api.text.folding import fold_tag, is_blank, tidy
from blog_api.text.front_matter import FrontMatter
from blog_api.text.front_matter_blocks import Value
from blog_api.text.slugs import slugify

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_SPLIT_AT_SPACES = ("tags", "categories")
_NAMES_OF_AUTHORS = ("username", "slug", "name")
# In characters. Folding a name sorts its combining marks, which can take quadratic time.
MAX_NAME = 500


@dataclass(frozen=True, slots=True)
class Document:
    """A post read from a file. Several files can have the same `slug`. `date` is in UTC."""

    title: str
    slug: str
    date: datetime | None
    summary: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    draft: bool
    content: str


@dataclass(frozen=True, slots=True)
class Profile:
    """An author read from a file. `slug` is not slugified, so that it matches the name that posts use."""

    slug: str
    display_name: str
    bio: str


def is_section(path: str) -> bool:
    """Return whether the file is a section page (`_index.md`, `_index.es.md`) and not a post."""
    return PurePosixPath(path).name.startswith("_index.")


def read_document(text: str, path: str) -> Document:
    """Read a post from the text and the relative path of its file. The path can provide the slug and the date.

    Raises FrontMatterError, and no other exception, if the file is not a valid post.
    """
    matter = front_matter.parse(text)
    title = tidy(_text(matter, "title"))
    if is_blank(title):
        raise matter.error("title", "title is missing")
    day, name = split_dated_name(_base_name(path))
    return Document(
        title=title,
        slug=slugify(_first(matter, "slug") or name, "") or slugify(title),
        date=_date(matter) or day,
        summary=_first(matter, "summary", "description", "excerpt", "deck"),
        authors=_names(matter, ("authors", "author"), _NAMES_OF_AUTHORS),
        tags=_names(matter, ("tags", "tag", "topics", "categories", "category"), ()),
        draft=_is_draft(matter) or "_drafts" in PurePosixPath(path).parts,
        content=matter.body,
    )


def read_profile(text: str, path: str) -> Profile:
    """Read an author profile from the text and the relative path of its file.

    Raises FrontMatterError, and no other exception, if the file is invalid or has no name.
    """
    matter = front_matter.parse(text)
    display_name = _first(matter, "display_name", "name", "title")
    display_name = tidy(display_name or f"{_text(matter, 'first_name')} {_text(matter, 'last_name')}")
    if is_blank(display_name):
        raise matter.error("display_name", "name is missing")
    slug = tidy(_first(matter, "slug"))
    if len(slug) > MAX_NAME:
        raise matter.error("slug", f"slug has more than {MAX_NAME} characters")
    return Profile(
        slug=slug or _base_name(path),
        display_name=display_name,
        bio=_first(matter, "bio", "description") or matter.body.strip(),
    )


def _base_name(path: str) -> str:
    """Return the file name without its suffix, or the folder name for an index page."""
    file = PurePosixPath(path)
    return file.parent.name if file.name.startswith(("index.", "_index.")) else file.stem


def _text(matter: FrontMatter, key: str) -> str:
    value = matter.get(key)
    if isinstance(value, list | dict):
        raise matter.error(key, f"{key} must be text")
    return (value or "").strip()


def _first(matter: FrontMatter, *keys: str) -> str:
    return next((text for key in keys if not is_blank(text := _text(matter, key))), "")


def _date(matter: FrontMatter) -> datetime | None:
    for key in ("date", "publishdate", "pubdate"):
        text = _text(matter, key)
        if text:
            try:
                return parse_datetime(text)
            except ValueError as error:
                raise matter.error(key, f"{key} is not a valid date: {text[:50]}") from error
    return None


def _is_draft(matter: FrontMatter) -> bool:
    return _flag(matter, "draft", default=False) or not _flag(matter, "published", default=True)


def _flag(matter: FrontMatter, key: str, *, default: bool) -> bool:
    text = _text(matter, key).lower()
    if text not in (*_TRUE, *_FALSE, ""):
        raise matter.error(key, f"{key} must be true or false")
    return text in _TRUE if text else default


def _names(matter: FrontMatter, keys: tuple[str, ...], inner: tuple[str, ...]) -> tuple[str, ...]:
    """Return the distinct names under the keys, also under those of Zola's taxonomies, in order."""
    taxonomies = matter.get("taxonomies")
    places = [(key, key, matter.get(key)) for key in keys]
    if isinstance(taxonomies, dict):
        places += [(key, "taxonomies", taxonomies.get(key)) for key in keys]
    names: dict[str, str] = {}
    for key, place, value in places:
        for item in _items(key, value):
            name = _name(item, inner)
            if name is None:
                raise matter.error(place, f"{key} must be a name or a list of names")
            if len(name) > MAX_NAME:
                raise matter.error(place, f"{key}: a name has more than {MAX_NAME} characters")
            if not is_blank(name):
                names.setdefault(fold_tag(name), tidy(name))
    return tuple(names.values())


def _items(key: str, value: Value) -> Iterable[Value]:
    if isinstance(value, list):
        return value
    if isinstance(value, str) and "," in value and key != "author":
        return value.split(",")
    if isinstance(value, str) and key in _SPLIT_AT_SPACES:
        return value.split()
    return [value]


def _name(item: Value, inner: tuple[str, ...]) -> str | None:
    """Return the name in a list item: empty if the item is empty, None if it is not a name."""
    if isinstance(item, dict):
        item = next((item[key] for key in inner if item.get(key)), [])
    return None if isinstance(item, list | dict) else item or ""

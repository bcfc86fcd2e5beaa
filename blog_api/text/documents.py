"""Read posts and author profiles from front matter of Jekyll, Hugo and Zola."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from blog_api.text import front_matter
from blog_api.text.aliases import read_aliases
from blog_api.text.dates import split_dated_name
from blog_api.text.folding import fold_tag, is_blank, tidy
from blog_api.text.front_matter import FrontMatter, lower_keys
from blog_api.text.front_matter_blocks import Value
from blog_api.text.issues import Code, Note, Tally
from blog_api.text.profiles import read_image, read_website
from blog_api.text.publishing import read_publication
from blog_api.text.slugs import slugify
from blog_api.text.unread import AUTHOR_KEYS, SUMMARY_KEYS, TAG_KEYS, UID_KEYS, Unread, find_unread

_BETWEEN_WORDS = re.compile(r"[-_\s]+")
_SPLIT_AT_SPACES = ("tags", "categories")
_NAMES_OF_AUTHORS = ("username", "slug", "name")
# In characters. Folding a name sorts its combining marks, which can take quadratic time.
MAX_NAME = 500
MAX_KEYS = 100


class DocumentComment(NamedTuple):
    """A comment on a document. `uid` and `parent_uid` identify comments of the same document.

    It was written by `author`, the name of an account as in `Document.authors`, or else by the guest `name`, which is
    None if the account has been deleted.
    """

    uid: str
    parent_uid: str
    name: str | None
    author: str
    content: str
    status: str
    created_at: datetime
    updated_at: datetime | None = None


class FormerSlug(NamedTuple):
    """A slug of a post, and the last publication time that was public with it."""

    slug: str
    public_at: datetime | None


@dataclass(frozen=True, slots=True)
class Document:
    """A post to import, with notes for its author. Several documents can have the same `slug` or aliases.

    The status is one of those that are stored; without a date, a published document becomes a draft. `unread` has the
    values, such as those in front matter, that members and metadata are read from. `members` are as API clients write
    them, and take precedence. `content` begins at `line`, and the post is in the trash if it has `deleted_at`.
    """

    title: str
    slug: str
    date: datetime | None
    summary: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    content: str
    status: str = "published"
    notes: tuple[Note, ...] = ()
    uid: str = ""
    aliases: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = field(default=(), compare=False)
    members: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None
    comments: tuple[DocumentComment, ...] = ()
    tallies: tuple[Tally, ...] = ()
    line: int = field(default=1, compare=False)
    former_slugs: tuple[FormerSlug, ...] = ()
    slug_is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """An author read from a file. `slug` is not slugified, so that it matches the name that posts use.

    `website` and `image` are as the file has them, and can be invalid.
    Without a `role`, the account gets the usual one.
    """

    slug: str
    display_name: str
    bio: str
    website: Any = None
    image: dict[str, Any] | None = None
    email: str = ""
    role: str = ""


def is_section(path: str) -> bool:
    """Return whether the file is a section page (`_index.md`, `_index.es.md`) and not a post."""
    return PurePosixPath(path).name.startswith("_index.")


def read_document(text: str, path: str, zone: tzinfo = UTC) -> Document:
    """Read a post from the text and the relative path of its file.

    The path can provide the title, the slug and the date. Dates without a time zone are in `zone`.
    Raises Refused, and no other exception, if the file is not a valid post.
    """
    matter = front_matter.parse(text)
    own_path = _own_path(matter)
    _, name = split_dated_name(_base_name(own_path) or _base_name(path))
    title, notes = _title(matter, split_dated_name(_base_name(path))[1])
    publication = read_publication(matter, path, own_path, zone)
    aliases, invalid = read_aliases(matter, own_path or _page_path(path))
    return Document(
        title=title,
        slug=slugify(matter.first("slug") or name, "") or slugify(title),
        date=publication.date,
        summary=matter.first(*SUMMARY_KEYS),
        authors=_names(matter, AUTHOR_KEYS, _NAMES_OF_AUTHORS),
        tags=_names(matter, TAG_KEYS, ()),
        content=matter.body,
        status="draft" if publication.draft else "published",
        notes=notes + publication.notes + invalid,
        uid=_uid(matter),
        aliases=aliases,
        unread=find_unread(matter),
        line=first_line(matter.body, text),
    )


def first_line(content: str, text: str) -> int:
    """Return the line of a file at which its content begins, if it is the end of the file."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    return text.count("\n") - content.count("\n") + 1


def _uid(matter: FrontMatter) -> str:
    """Return the id of the post, by which it is recognised in a renamed file, or "".

    PostgreSQL stores no NUL, so an id with control characters is none.
    """
    values = (matter.values.get(key) for key in UID_KEYS)
    ids = (tidy(value)[:MAX_NAME] for value in values if isinstance(value, str))
    return next((uid for uid in ids if uid and uid.isprintable()), "")


def _own_path(matter: FrontMatter) -> str:
    """Return the path of the page in the front matter, such as `2020/01/02/name`, or "" if there is none."""
    path = matter.text("path") or next(
        (url for key in ("permalink", "url") if "/" in (url := matter.text(key))), ""
    )
    # Colons occur in patterns (`/:year/:title`) and in addresses of other sites.
    return "" if ":" in path else path.strip("/")


def _title(matter: FrontMatter, name: str) -> tuple[str, tuple[Note, ...]]:
    """Return the title, or one made from the file name, as Jekyll does, with a note."""
    title = tidy(matter.text("title"))
    if not is_blank(title):
        return title, ()
    title = tidy(" ".join(word.capitalize() for word in _BETWEEN_WORDS.split(name)))
    if is_blank(title):
        raise matter.error("title", "title is missing", Code.TITLE_MISSING)
    detail = f"no title, so it is made from the file name: {title[:100]}"
    return title, (Note(Code.TITLE_FROM_NAME, detail, matter.line_of("title")),)


def read_profile(text: str, path: str) -> Profile:
    """Read an author profile from the text and the relative path of its file.

    Raises Refused, and no other exception, if the file is invalid or has no name.
    """
    matter = front_matter.parse(text)
    display_name = matter.first("display_name", "name", "title")
    display_name = tidy(display_name or f"{matter.text('first_name')} {matter.text('last_name')}")
    if is_blank(display_name):
        raise matter.error("display_name", "name is missing", Code.NAME_MISSING)
    slug = tidy(matter.first("slug"))
    if len(slug) > MAX_NAME:
        raise matter.error("slug", f"slug has more than {MAX_NAME} characters", Code.NAME_TOO_LONG)
    return Profile(
        slug=slug or _base_name(path),
        display_name=display_name,
        bio=matter.first("bio", "description") or matter.body.strip(),
        website=read_website(matter.values),
        image=read_image(matter.values),
    )


def _base_name(path: str) -> str:
    """Return the file name without its suffix, or the folder name for an index page."""
    file = PurePosixPath(path)
    return file.parent.name if file.name.startswith(("index.", "_index.")) else file.stem


def _page_path(path: str) -> str:
    """Return the path of the page of a file, relative to the root of the site, as Hugo makes it."""
    file = PurePosixPath(path)
    return str(file.parent if file.name.startswith("index.") else file.parent / file.stem)


def _names(matter: FrontMatter, keys: tuple[str, ...], inner: tuple[str, ...]) -> tuple[str, ...]:
    """Return the distinct names under the keys, also under those of Zola's taxonomies, in order."""
    taxonomies = lower_keys(matter.get("taxonomies"))
    places = [(key, key, matter.get(key)) for key in keys]
    places += [(key, "taxonomies", taxonomies.get(key)) for key in keys]
    names: dict[str, str] = {}
    for key, place, value in places:
        for item in _items(key, value):
            name = _name(item, inner)
            if name is None:
                raise matter.error(place, f"{key} must be a name or a list of names")
            if len(name) > MAX_NAME:
                detail = f"{key}: a name has more than {MAX_NAME} characters"
                raise matter.error(place, detail, Code.NAME_TOO_LONG)
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
        named = lower_keys(item) if len(item) <= MAX_KEYS else {}
        item = next((named[key] for key in inner if named.get(key)), [])
    return None if isinstance(item, list | dict) else item or ""

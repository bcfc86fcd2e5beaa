"""Posts to import, whatever they were read from, and the profiles of their authors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from blog_api.text import front_matter
from blog_api.text.file_names import is_index
from blog_api.text.folding import is_blank, tidy
from blog_api.text.issues import Code, Note, Tally
from blog_api.text.profiles import read_image, read_website
from blog_api.text.unread import Unread

# In characters. Folding a name sorts its combining marks, which can take quadratic time.
MAX_NAME = 500


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
    them, and take precedence. `content` begins at `line`, other members at those in `lines`, and the post is in the
    trash if it has `deleted_at`.
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
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)


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
    file = PurePosixPath(path)
    return Profile(
        slug=slug or (file.parent.name if is_index(path) else file.stem),
        display_name=display_name,
        bio=matter.first("bio", "description") or matter.body.strip(),
        website=read_website(matter.values),
        image=read_image(matter.values),
    )

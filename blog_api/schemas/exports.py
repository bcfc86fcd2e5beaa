"""Schemas of the rows of exports, except for posts, which are validated like those of clients."""

from __future__ import annotations

from typing import Any

from marshmallow import post_load, validate

from blog_api.media.variants import MAX_SIDE
from blog_api.policies.viewers import ROLES
from blog_api.schemas.base import Schema
from blog_api.schemas.content_fields import WebUrl
from blog_api.schemas.fields import Boolean, Choice, Integer, List, Pattern, Text, Timestamp
from blog_api.schemas.images import MAX_ALT, MAX_CAPTION, MAX_SIZE
from blog_api.schemas.media import MAX_FILENAME
from blog_api.schemas.nested import Nested
from blog_api.schemas.post_writes import DEFAULTS, PostWrite
from blog_api.schemas.tags import Slug, TagName
from blog_api.schemas.users import MAX_WEBSITE, EmailAddress, Username
from blog_api.text.media_paths import KEY_PATTERN

# Of columns with 32 bits, such as versions.
MAX_NUMBER = 2**31 - 1
# More than any blog has.
MAX_UPLOADS = 10_000
_MANY = validate.Length(max=MAX_UPLOADS)
_KEY_MESSAGE = "This must be a key in lower-case hexadecimal."


class RowImage(Schema):
    """An image: an upload by the path of its picture, or any other by its URL."""

    url = Text(1, 2000, required=True)
    alt = Text(0, MAX_ALT, load_default="")
    caption = Text(0, MAX_CAPTION, load_default="")
    width = Integer(1, MAX_SIZE)
    height = Integer(1, MAX_SIZE)
    upload = Integer(0, MAX_UPLOADS, load_default=0)


class UserRow(Schema):
    """A row of `users.ndjson`."""

    username = Username(required=True)
    display_name = Text(1, 100, required=True)
    bio = Text(0, 1000, multiline=True, required=True)
    website = WebUrl(MAX_WEBSITE, allow_none=True, required=True)
    image = Nested(RowImage(), allow_none=True, required=True)
    email = EmailAddress(allow_none=True, required=True)
    role = Choice(ROLES, required=True)
    is_active = Boolean(required=True)
    comment_mail = Boolean(required=True)
    former_usernames = List(Text(1, 100), _MANY, required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    erased_at = Timestamp(allow_none=True, required=True)


class ReservedUsernameRow(Schema):
    """A row of `reserved_usernames.ndjson`."""

    username = Text(1, 100, required=True)


class TagRow(Schema):
    """A row of `tags.ndjson`."""

    name = TagName(required=True)
    slug = Slug(required=True)
    description = Text(0, 500, multiline=True, required=True)
    former_names = List(Text(1, 900), _MANY, required=True)
    former_slugs = List(Slug(), _MANY, required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class VariantRow(Schema):
    """A stored size of a picture."""

    width = Integer(1, MAX_SIDE, required=True)
    height = Integer(1, MAX_SIDE, required=True)
    bytes = Integer(1, MAX_NUMBER, required=True)


class UploadRow(Schema):
    """An upload of a picture."""

    owner = Username(allow_none=True, required=True)
    filename = Text(1, MAX_FILENAME, verbatim=True, required=True)
    alt = Text(0, MAX_ALT, required=True)
    caption = Text(0, MAX_CAPTION, required=True)
    created_at = Timestamp(required=True)


class FileRow(Schema):
    """A row of `media.ndjson`."""

    key = Pattern(KEY_PATTERN, 32, 32, message=_KEY_MESSAGE, required=True)
    sha256 = Pattern("[0-9a-f]{64}", 64, 64, message=_KEY_MESSAGE, required=True)
    variants = List(Nested(VariantRow()), validate.Length(1, 20), required=True)
    created_at = Timestamp(required=True)
    uploads = List(Nested(UploadRow()), _MANY, required=True)


class LikeRow(Schema):
    """A row of `likes.ndjson`."""

    post = Integer(required=True)
    user = Username(required=True)
    created_at = Timestamp(required=True)


class FollowRow(Schema):
    """A row of `follows.ndjson`."""

    follower = Username(required=True)
    author = Username(required=True)
    created_at = Timestamp(required=True)


class HistoryRow(PostWrite):
    """A copy of a post: its members, and who has saved it."""

    post = Integer(required=True)
    editor = Username(allow_none=True, required=True)
    authors = List(Username(allow_none=True), _MANY, required=True)
    image = Nested(RowImage(), allow_none=True, required=True)
    created_at = Timestamp(required=True)

    @post_load
    def complete(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        defaults = {"custom" if name == "metadata" else name: value for name, value in DEFAULTS.items()}
        return defaults | {"slug": "", "published_at": None, "aliases": []} | data


class RevisionRow(HistoryRow):
    """A row of `revisions.ndjson`."""

    number = Integer(1, MAX_NUMBER, required=True)
    version = Integer(1, MAX_NUMBER, allow_none=True, required=True)
    live = Boolean(required=True)
    changed = List(Text(1, 100), _MANY, required=True)


class WorkingCopyRow(HistoryRow):
    """A row of `working_copies.ndjson`."""

    base_version = Integer(1, MAX_NUMBER, required=True)
    updated_at = Timestamp(required=True)

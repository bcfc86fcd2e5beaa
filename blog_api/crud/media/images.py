"""The images of posts and accounts that are pictures of this service."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, or_, select

from blog_api.database.session import db
from blog_api.models.media import Media, MediaFile
from blog_api.models.users import User
from blog_api.policies.viewers import EDITORS
from blog_api.problems import Fault, InvalidInput
from blog_api.text.media_paths import describe_variants

Image = dict[str, Any]
_MISSING = Fault(
    "There is no upload with this id that you may use. Authors may use their own uploads, editors all.",
    "missing",
    "/image/media_id",
)


def complete_image(
    changes: dict[str, Any], actor_id: int | None, present: Image | None = None
) -> dict[str, Any]:
    """Add the address, the sizes and the missing texts of an image that is given by its `media_id`.

    Return the changes unchanged if there is no such image. Actors may use their own uploads, editors and imports (None)
    all, and everyone may keep the `present` image. Raises InvalidInput for any other.
    """
    image = changes.get("image")
    if image is None or not needs_completion(image):
        return changes
    media_id = image["media_id"]
    may_use = or_(
        Media.author_id == actor_id,
        exists().where(User.id == actor_id, User.role.in_(EDITORS)),
        Media.id == (media_id if actor_id is None else (present or {}).get("media_id")),
    )
    statement = (
        select(Media.alt, Media.caption, MediaFile.key, MediaFile.variants)
        .join(MediaFile, MediaFile.id == Media.file_id)
        .where(Media.id == media_id, may_use)
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise InvalidInput(faults=[_MISSING])
    variants = describe_variants(row.key, row.variants)
    largest = variants[-1]
    texts = {"alt": row.alt, "caption": row.caption} | {
        name: image[name] for name in ("alt", "caption") if name in image
    }
    sizes = {name: largest[name] for name in ("url", "width", "height")}
    return {**changes, "image": {"media_id": media_id, **texts, **sizes, "variants": variants}}


def needs_completion(image: Image | None) -> bool:
    """Return whether an image has only its `media_id`, not yet its address and sizes."""
    return image is not None and "media_id" in image and "url" not in image


def existing_image(image: Image | None) -> Image | None:
    """Return the image of an old revision, or None if its upload has been deleted."""
    if image is None or "media_id" not in image:
        return image
    found = db.session.execute(select(exists().where(Media.id == image["media_id"]))).scalar_one()
    return image if found else None

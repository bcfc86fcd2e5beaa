"""/media: upload, change and delete pictures."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for

from blog_api.api.blueprint import Blueprint
from blog_api.api.caching import check_version
from blog_api.auth.access import current_user, login_required
from blog_api.crud.media import uploads
from blog_api.crud.rows import patch
from blog_api.paging.pages import Page
from blog_api.policies.media import require_upload
from blog_api.schemas import media as schemas
from blog_api.services import media as services

blueprint = Blueprint(
    "media", __name__, url_prefix="/api/v1/media", description="Pictures, stored in several sizes."
)


@blueprint.route("")
@login_required
@blueprint.query(schemas.MediaQuery())
@blueprint.returns(200, schemas.MediaPage())
def list_media(query: dict[str, Any]) -> Page:
    """List uploads

    Returns your own uploads, newest first; for editors, everyone's.
    """
    return uploads.list_media(query["page"], query["filters"], current_user())


@blueprint.route("", methods=["POST"])
@login_required
@blueprint.upload(schemas.MediaUpload(), require_upload)
@blueprint.returns(201, schemas.Media())
@blueprint.raises(403)
def create_media(form: dict[str, Any]) -> Any:
    """Upload a picture

    Takes a JPEG, PNG or WebP file and stores it as WebP in the widths 320, 640, 1280, 1920 and at most 2560 pixels,
    without any of its metadata. The file itself is not stored. Takes no Idempotency-Key: equal files are stored once.
    """
    file, viewer = form.pop("file"), current_user()
    values = {**form, "filename": file.filename}
    upload = services.Upload(file.stream, file.mimetype or None, values, viewer.id)
    store, max_pixels = current_app.extensions["media_store"], current_app.config["MEDIA_MAX_PIXELS"]
    created = services.create_upload(store, upload, max_pixels)
    return created, {"Location": url_for("media.read_media", media_id=created["id"])}


@blueprint.route("/<id:media_id>")
@login_required
@blueprint.returns(200, schemas.Media())
def read_media(media_id: int) -> dict[str, Any]:
    """Get an upload

    Returns one of your own uploads; for editors, any upload.
    """
    return uploads.read_media(media_id, current_user())


@blueprint.route("/<id:media_id>", methods=["PATCH"])
@login_required
@blueprint.body(schemas.MediaPatch(partial=True))
@blueprint.returns(200, schemas.Media())
@blueprint.raises(412)
def update_media(data: dict[str, Any], media_id: int) -> dict[str, Any]:
    """Change the texts of an upload

    Posts that already show the picture keep their texts.
    """
    viewer = current_user()
    media = uploads.get_media(media_id, viewer)
    check_version(media.version)
    patch(media, data)
    return uploads.read_media(media_id, viewer)


@blueprint.route("/<id:media_id>", methods=["DELETE"])
@login_required
@blueprint.own_transactions
@blueprint.returns(204)
@blueprint.raises(412)
def delete_media(media_id: int) -> None:
    """Delete an upload

    Deletes the picture as well, unless there is another upload of the same file. Fails while a post (even one in the
    trash), a working copy or an account uses the picture.
    """
    services.delete_upload(current_app.extensions["media_store"], media_id, current_user())

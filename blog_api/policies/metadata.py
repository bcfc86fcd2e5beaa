"""The access rule for the metadata of posts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from blog_api.policies.posts import can_edit_post
from blog_api.policies.viewers import Viewer


def has_private_keys(metadata: Collection[str]) -> bool:
    """Return whether some of the metadata is only for those who may edit the post."""
    return any(key.startswith("_") for key in metadata)


def shown_metadata(
    metadata: dict[str, Any], viewer: Viewer | None, author_ids: Collection[int], status: str
) -> dict[str, Any]:
    """Return the metadata that the viewer may see: keys that begin with `_` only if they may edit the post."""
    if not has_private_keys(metadata):
        return metadata
    if viewer is not None and can_edit_post(viewer, author_ids, status):
        return metadata
    return {key: value for key, value in metadata.items() if not key.startswith("_")}

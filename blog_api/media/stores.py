"""The store of pictures: a folder, or a bucket of S3. A variant of a picture is an object, `{key}/{width}.webp`."""

from __future__ import annotations

from blog_api.media.buckets import Bucket
from blog_api.media.folders import Folder

Store = Folder | Bucket


def open_store(url: str) -> Store:
    """Open the store at `url`, the value of MEDIA_STORE. This neither creates anything nor sends a request."""
    return Bucket(url) if url.startswith("s3://") else Folder(url)

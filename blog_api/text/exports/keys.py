"""The keys in the front matter of exported posts."""

from __future__ import annotations

from typing import Literal

# The mapping that marks an exported file, and contains everything without a common key.
OWN = "blog_api"
VERSION = "1"
# The value of `body` if line breaks around the content, or carriage returns in it, matter.
EXACT = "exact"
FENCE = "---\n"
# The common keys of members of a post that are text, and null or empty without one.
TEXTS = {
    "summary": "summary",
    "description": "meta_description",
    "meta_title": "meta_title",
    "language": "language",
    "canonical_url": "canonical_url",
}
# Those of flags, with the value that is left out.
FLAGS = {
    "featured": ("featured", False),
    "noindex": ("noindex", False),
    "comments": ("comments_open", True),
}
LISTS = ("authors", "tags", "aliases")
COMMON = ("title", "slug", "date", "draft", "status", "kind", "image", *TEXTS, *FLAGS, *LISTS)
# The texts of an image, and its numbers. `upload` counts the uploads of the same file from 0.
IMAGE_TEXTS, IMAGE_NUMBERS = ("url", "alt", "caption"), ("width", "height", "upload")
# The file that marks the folder of an export, and the formats.
MARKER = "blog.json"
Format = Literal["markdown", "ndjson"]

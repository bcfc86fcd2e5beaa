"""Read the custom fields of a post."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from blog_api.services.importing.wordpress.index import is_id
from blog_api.services.importing.wordpress.nodes import Node
from blog_api.services.importing.wordpress.site import Site
from blog_api.text.front_matter_blocks import Value
from blog_api.text.issues import Code, Tally
from blog_api.text.unread import Unread

# The fields of plugins for search engines, by the key from which the member of a post is read.
_SEO = {
    "meta_title": (
        "_yoast_wpseo_title", "rank_math_title", "_aioseo_title", "_aioseop_title", "_genesis_title",
    ),
    "meta_description": (
        "_yoast_wpseo_metadesc", "rank_math_description", "_aioseo_description", "_aioseop_description",
        "_genesis_description",
    ),
    "canonical_url": ("_yoast_wpseo_canonical", "rank_math_canonical_url", "_aioseo_canonical_url"),
}  # fmt: skip
_NOINDEX = {
    "_yoast_wpseo_meta-robots-noindex": ("1",),
    "_aioseo_robots_noindex": ("1",),
    "_aioseop_noindex": ("on",),
}
_ROBOTS = "rank_math_robots"
_THUMBNAIL = "_thumbnail_id"
_READ = frozenset(
    (
        *(key for keys in _SEO.values() for key in keys),
        *_NOINDEX,
        *(_ROBOTS, _THUMBNAIL, "_wp_old_slug", "_wp_desired_post_slug", "_wp_trash_meta_status"),
    )
)
# The caches of WordPress have a different key for each address.
_CACHE = "_oembed_"
# In characters. Longer values are data of plugins.
_MAX_VALUE = 2000


def read_fields(item: Node, meta: Mapping[str, str], terms: list[Node], site: Site) -> tuple[Unread, ...]:
    """Return the values from which members of a post are read, and the fields that authors have added."""
    values: dict[str, Value] = {}
    if image := _image(meta, site):
        values["image"] = image
    for name, keys in _SEO.items():
        found = (meta[key] for key in keys if meta.get(key))
        if text := next((value for value in found if not _is_template(value)), ""):
            values[name] = text
    if '"noindex"' in meta.get(_ROBOTS, "") or any(meta.get(key) in on for key, on in _NOINDEX.items()):
        values["noindex"] = "true"
    languages = [term for term in terms if term.attributes.get("domain") == "language"]
    if languages:
        values["language"] = languages[0].attributes.get("nicename", "")
    values |= {key: value for key, value in meta.items() if is_kept(key, value) and key not in values}
    return tuple(Unread(key, value, item.line) for key, value in values.items())


def count_others(meta: Mapping[str, str], line: int) -> Iterator[Tally]:
    """Yield a tally for each field that is not imported."""
    for key, value in meta.items():
        if key and not is_used(key, value):
            name = f"{_CACHE}..." if key.startswith(_CACHE) else key[:100]
            yield Tally(Code.LEFT_OUT, f"values of the custom field {name}", line)


def drop_unused(item: Node) -> None:
    """Remove the values of all other fields from memory. Plugins store megabytes in them."""
    for field in item.all("wp:postmeta"):
        if not is_used(field.get("wp:meta_key"), field.get("wp:meta_value")):
            field.children = [child for child in field.children if child.name == "wp:meta_key"]


def is_used(key: str, value: str) -> bool:
    """Return whether a post depends on a field."""
    return key in _READ or is_kept(key, value)


def is_kept(key: str, value: str) -> bool:
    """Return whether a field is one that an author has added, rather than one of WordPress or of a plugin."""
    return bool(key and value) and not key.startswith("_") and key not in _READ and len(value) <= _MAX_VALUE


def _image(meta: Mapping[str, str], site: Site) -> dict[str, Value]:
    thumbnail = meta.get(_THUMBNAIL, "")
    attachment = site.index.attachment(thumbnail) if is_id(thumbnail) else None
    return {name: value for name, value in attachment._asdict().items() if value} if attachment else {}


def _is_template(value: str) -> bool:
    """Return whether a plugin would replace variables in the text, such as %%title%%, %title% or #post_title."""
    return value.count("%") >= 2 or "#post_" in value or "#site_" in value

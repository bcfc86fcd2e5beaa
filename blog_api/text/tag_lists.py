"""Read the tags of a post from the many forms in which front matter has them, and from the folders of its file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from blog_api.text.folding import fold_tag, is_blank, tidy
from blog_api.text.front_matter import FrontMatter, lower_keys
from blog_api.text.front_matter_blocks import Value

TAG_KEYS = ("tags", "tag", "topics", "categories", "category")
CATEGORY_KEYS = ("categories", "category")
MAX_TAG = 50
_SPLIT_AT_SPACES = ("tags", "categories")
_KEYS_OF_NAMES = ("name", "title", "label", "slug")
# YAML's aliases can repeat a list without end.
_MAX_VALUES = 500


def read_tags(matter: FrontMatter, path: str, *, section_as_tag: bool = False) -> tuple[str, ...]:
    """Return the distinct names of tags and categories, in order. Skips names that are too long, with a note.

    In Jekyll, the folders above `_posts` are categories. With `section_as_tag`, the first folder is a tag.
    """
    names: dict[str, str] = {}
    for key, place, value in _values(matter, TAG_KEYS):
        for name in _names(matter, key, place, value):
            names.setdefault(fold_tag(name), name)
    for name in folders_as_tags(path, section_as_tag=section_as_tag):
        names.setdefault(fold_tag(name), name)
    return tuple(names.values())


def read_categories(matter: FrontMatter, path: str) -> tuple[str, ...]:
    """Return the categories of a post in Jekyll: the folders above `_posts`, then those of the front matter."""
    named = (
        name
        for key, place, value in _values(matter, CATEGORY_KEYS)
        for name in _names(matter, key, place, value)
    )
    return (*folders_as_tags(path), *named)


def folders_as_tags(path: str, *, section_as_tag: bool = False) -> tuple[str, ...]:
    """Return the folders of a file that stand for tags."""
    folders = PurePosixPath(path).parts[:-1]
    above = next((folders[: folders.index(name)] for name in ("_posts", "_drafts") if name in folders), ())
    found = (*above, *(folders[:1] if section_as_tag else ()))
    names = (tidy(name) for name in found if not name.startswith((".", "_")))
    return tuple(dict.fromkeys(name for name in names if not is_blank(name) and len(name) <= MAX_TAG))


def _values(matter: FrontMatter, keys: tuple[str, ...]) -> list[tuple[str, str, Value]]:
    """Return the values of these keys, each with its key and the key at the top level. Zola has `taxonomies`."""
    taxonomies = lower_keys(matter.get("taxonomies"))
    return [(key, key, matter.get(key)) for key in keys] + [
        (key, "taxonomies", taxonomies.get(key)) for key in keys
    ]


def _names(matter: FrontMatter, key: str, place: str, value: Value) -> Iterator[str]:
    for item in _items(key, value):
        if isinstance(item, dict):
            matter.skip(place, f"{key} must be a name or a list of names, so a mapping is left out")
            continue
        name = tidy(item) if isinstance(item, str) else ""
        if len(name) > MAX_TAG:
            detail = f"{key}: a name has more than {MAX_TAG} characters, so it is left out: {name[:100]}"
            matter.skip(place, detail)
        elif not is_blank(name):
            yield name


def _items(key: str, value: Value) -> Iterator[Value]:
    """Yield the names in a value, also those in nested lists, and mappings without a name."""
    if isinstance(value, str):
        is_list = "," in value
        words = value.split() if key in _SPLIT_AT_SPACES else [value]
        yield from value.split(",") if is_list else words
        return
    stack: list[Value] = [value]
    for _ in range(_MAX_VALUES):
        if not stack:
            return
        item = stack.pop()
        if isinstance(item, list):
            stack += item[:_MAX_VALUES][::-1]
            continue
        if isinstance(item, dict) and len(item) <= _MAX_VALUES:
            named = lower_keys(item)
            item = next((named[inner] for inner in _KEYS_OF_NAMES if isinstance(named.get(inner), str)), item)
        yield item

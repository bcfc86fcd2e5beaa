"""Read the paths of a post on its former site from front matter of Hugo, Zola and Jekyll."""

from __future__ import annotations

import posixpath

from blog_api.text.front_matter import FrontMatter
from blog_api.text.front_matter_blocks import Value
from blog_api.text.issues import Code, Note
from blog_api.text.paths import canonical_path

ALIAS_KEYS = ("aliases", "redirect_from")
# Files of Zola have these keys, those of Hugo do not.
_OF_ZOLA = ("extra", "taxonomies")


def read_aliases(matter: FrontMatter, page: str) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """Return the distinct paths, percent-encoded, and notes on those that are invalid.

    `page` is the path of the page on the site. A relative path in `aliases` is relative to the folder of the page, as
    in Hugo; in files of Zola, and in `redirect_from` of Jekyll, to the root of the site.
    """
    is_of_zola = any(key in matter.values for key in _OF_ZOLA)
    paths: dict[str, None] = {}
    notes: list[Note] = []
    for key in ALIAS_KEYS:
        folder = posixpath.dirname(page) if key == "aliases" and not is_of_zola else ""
        value = matter.get(key)
        for alias in value if isinstance(value, list) else [value]:
            try:
                if alias:
                    paths.setdefault(_absolute(alias, folder))
            except ValueError as error:
                detail = f"{key}: {str(alias)[:100]} is not a path of the site ({error}), so it is left out"
                notes.append(Note(Code.ALIAS_INVALID, detail, matter.line_of(key)))
    return tuple(paths), tuple(notes)


def _absolute(alias: Value, folder: str) -> str:
    """Return the canonical path of an alias. Raises ValueError."""
    if not isinstance(alias, str):
        raise ValueError("not text")
    alias = alias.strip()
    if "?" in alias or "#" in alias or "://" in alias:
        raise ValueError("a URL or a query")
    if not alias.startswith("/"):
        alias = _join(folder, alias)
    path = canonical_path(alias)
    if path == "/":
        raise ValueError("the root")
    return path


def _join(folder: str, alias: str) -> str:
    """Return the path of a relative alias. Like Hugo, it ends with a slash unless it names an HTML file."""
    path = posixpath.normpath(f"/{folder}/{alias}").replace("//", "/")
    return path if path.endswith((".html", ".htm", "/")) else f"{path}/"

"""Read what the name of a Markdown file says: whether it is a page of its folder, and in which language it is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from blog_api.text.languages import canonical_language

MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx")
# ISO 639-1.
_CODES = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
    es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg
    ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn
    no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta
    te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
# These also end domains (`post.io.md`) and other file names (`main.ts.md`), and few posts are in these languages.
_UNLIKELY_CODES = """
    ae am as ch co cr cv ee ie ii ik io la li lu mh mk ml my na ng nr ps rn sc sg sh sm so ss st to ts tt tw ve
"""
_LANGUAGES, _UNLIKELY = frozenset(_CODES.split()), frozenset(_UNLIKELY_CODES.split())
_REGION = re.compile("[a-z]{2}[-_](?:[a-z]{2}|hans|hant|cyrl|latn)", re.IGNORECASE)


class FileName(NamedTuple):
    """The name of a page, its language tag, if the name has one, and its path without both suffixes.

    The name of an index page is that of its folder.
    """

    name: str
    language: str | None
    path: str


def is_section(path: str) -> bool:
    """Return whether the file is a section page (`_index.md`, `_index.es.md`) and not a post."""
    return posixpath.basename(path).startswith("_index.")


def is_index(path: str) -> bool:
    """Return whether the file is the page of its folder."""
    return posixpath.basename(path).startswith(("index.", "_index."))


@lru_cache(maxsize=1024)
def read_file_name(path: str) -> FileName:
    """Read the name of a file: `post.de.md` is the German `post`, and `hello/index.md` is `hello`."""
    folder, file = posixpath.split(path)
    whole = posixpath.splitext(file)[0]
    stem, _, suffix = whole.rpartition(".")
    language = _language(suffix, is_likely=is_index(path)) if stem else None
    if is_index(path):
        return FileName(posixpath.basename(folder), language, folder)
    name = stem if language else whole
    return FileName(name, language, posixpath.join(folder, name))


def find_languages(folders: Iterable[str]) -> frozenset[str]:
    """Return the folders for languages (`de`, `pt-br`) among those of a site: all of its languages or none.

    One folder could also mean something else, as `it` and `no` do.
    """
    names = {folder for folder in folders if _language(folder, is_likely=True)}
    return frozenset(names) if len(names) > 1 else frozenset()


def find_translations(paths: Sequence[str], languages: frozenset[str]) -> frozenset[str]:
    """Return the files that have a page in a language in which it is not the first: `a.de.md` beside `a.md`.

    `languages` are the folders for languages.
    """
    if not languages and all(path.count(".") < 2 for path in paths):
        return frozenset()
    pages: dict[str, str] = {}
    found: set[str] = set()
    # The file without a language comes first.
    for path in sorted(paths, key=lambda path: (language_of(path, languages) is not None, path)):
        first, _, rest = path.partition("/")
        page = read_file_name(rest if first in languages else path).path
        if pages.setdefault(page, path) != path and language_of(path, languages):
            found.add(path)
    return frozenset(found)


def language_of(path: str, languages: Container[str]) -> str | None:
    """Return the language tag in the name of a file, or else the one of its first folder, if any."""
    first, _, rest = path.partition("/")
    folder = language_tag(first) if rest and first in languages else None
    return read_file_name(path).language or folder


def language_tag(name: str) -> str:
    """Return the language tag of a folder or suffix."""
    return canonical_language(name.replace("_", "-"))


def _language(suffix: str, *, is_likely: bool) -> str | None:
    code = suffix.lower()
    if code in _LANGUAGES and (is_likely or code not in _UNLIKELY):
        return code
    return language_tag(code) if _REGION.fullmatch(code) and code[:2] in _LANGUAGES else None

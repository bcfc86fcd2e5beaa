"""Read posts from Markdown files with front matter of Jekyll, Hugo, Zola and others."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import PurePosixPath
from typing import Any

from blog_api.text import front_matter
from blog_api.text.aliases import Aliases, own_path, post_url
from blog_api.text.author_names import read_authors
from blog_api.text.dates import split_dated_name
from blog_api.text.documents import MAX_NAME, Document
from blog_api.text.file_names import language_of, read_file_name
from blog_api.text.folding import is_blank, tidy
from blog_api.text.former_addresses import Page, has_placeholders
from blog_api.text.front_matter import FrontMatter
from blog_api.text.html_to_markdown import convert
from blog_api.text.issues import Code, Note, Tally
from blog_api.text.mdx import remove_code
from blog_api.text.permalinks import Permalinks
from blog_api.text.publishing import date_of_address, read_publication
from blog_api.text.slugs import slugify
from blog_api.text.summaries import read_summary
from blog_api.text.tag_lists import TAG_KEYS, read_categories, read_tags
from blog_api.text.unread import AUTHOR_KEYS, LANGUAGE_KEYS, UID_KEYS, find_unread

_BETWEEN_WORDS = re.compile(r"[-_\s]+")


@dataclass(frozen=True, slots=True)
class Site:
    """How the former site published its posts: the time zone of its dates, and the permalink of posts without address.

    With `section_as_tag`, the first folder of a post is a tag, and `languages` are the first folders that stand for the
    language. The slugs of the files in `translations` end with their languages. `permalinks` has the URLs of the new
    site, and posts that were in the trash are there since `now`. `is_author` accepts bylines that are known names.
    """

    zone: tzinfo = UTC
    permalink: str = ""
    section_as_tag: bool = False
    languages: frozenset[str] = frozenset()
    translations: frozenset[str] = frozenset()
    permalinks: Permalinks | None = None
    now: datetime | None = None
    is_author: Callable[[str], bool] | None = None

    def __str__(self) -> str:
        """Return everything on which posts depend, besides the time zone."""
        post_url = self.permalinks.post if self.permalinks else None
        return str((self.permalink, self.section_as_tag, sorted(self.languages), post_url))


def read_document(text: str, path: str, site: Site = Site()) -> Document:
    """Read a post from the text and the relative path of its file.

    The path can provide the title, the slug, the date, the language and tags. Raises Refused, and no other exception,
    if the file is not a valid post.
    """
    matter = front_matter.parse(text)
    file = read_file_name(path)
    _, name = split_dated_name(file.name)
    address = own_path(matter)
    own_name = split_dated_name(read_file_name(address).name)[1] if address else ""
    slug, written_slug = _slugs(matter, own_name or name)
    translation = (language_of(path, site.languages) or "").lower() if path in site.translations else ""
    if translation and not written_slug:
        slug = _slug_with_language(matter, slug, translation)
    title = _title(matter, name)
    publication = read_publication(matter, file.path, address, site.zone)
    page = Page(path, name, title, written_slug, date=publication.date)
    if site.permalink or has_placeholders(matter.text("permalink")):
        page = _with_details(page, matter, site)
    slug = slug or slugify(title)
    aliases = Aliases(matter, page, translation)
    aliases.add_addresses(site.permalink)
    if not aliases.paths:
        aliases.add_slug(slug, site.permalinks)
    aliases.add_aliases(address)
    summary = read_summary(matter)
    content, line, code, tallies = _content(path, summary.content, matter.body_line)
    authors = read_authors(matter, site.is_author)
    tags = read_tags(matter, path, section_as_tag=site.section_as_tag)
    notes = (*matter.notes, *publication.notes, *aliases.notes, *code)
    return Document(
        title=title,
        slug=slug,
        date=publication.date,
        summary=summary.text,
        authors=authors.names,
        tags=tags,
        status=publication.status,
        content=content,
        deleted_at=site.now if publication.is_trashed else None,
        uid=_uid(matter),
        aliases=aliases.without(post_url(site.permalinks, slug, publication.date)),
        unread=find_unread(matter, summary.key),
        members=_language(matter, path, site),
        notes=tuple(sorted(dict.fromkeys(notes), key=lambda note: note.line)),
        tallies=(*tallies, *authors.tallies),
        line=line,
        lines=_lines(matter, summary.key),
    )


def _content(path: str, content: str, line: int) -> tuple[str, int, tuple[Note, ...], tuple[Tally, ...]]:
    """Return the content of a file as Markdown, the line at which it begins, and what to report."""
    ending = PurePosixPath(path).suffix.lower()
    if ending == ".mdx":
        return *remove_code(content, line), ()
    if ending in (".html", ".htm"):
        converted = convert(content)
        return converted.markdown, line, (), converted.tallies()
    return content, line, (), ()


def _slugs(matter: FrontMatter, name: str) -> tuple[str, str]:
    """Return the slug that the front matter or else the name stands for, and the slug as it is written, if any."""
    written = matter.first("slug")
    return slugify(written or name, ""), written


def _slug_with_language(matter: FrontMatter, slug: str, language: str) -> str:
    """Return the slug of a translation, with a note."""
    other = slugify(f"{slug}-{language}")
    detail = f"the page in another language has the slug {slug}, so this one is {other}"
    matter.skip("slug", detail, Code.SLUG_WITH_LANGUAGE)
    return other


def _with_details(page: Page, matter: FrontMatter, site: Site) -> Page:
    """Return the page with what only permalinks need."""
    date = date_of_address(matter, page.path, site.zone)
    return page._replace(
        categories=read_categories(matter, page.path),
        date=date.astimezone(site.zone) if date else None,
        written_date=date,
    )


def _language(matter: FrontMatter, path: str, site: Site) -> dict[str, Any]:
    """Return the language in the name or the folder of the file, unless the front matter has one."""
    language = language_of(path, site.languages)
    is_given = any(matter.values.get(key) for key in LANGUAGE_KEYS)
    return {"language": language} if language and not is_given else {}


def _lines(matter: FrontMatter, summary_key: str) -> dict[str, int]:
    """Return the lines of the members that can be too long."""
    tags = next((key for key in TAG_KEYS if key in matter.values), "taxonomies")
    authors = next((key for key in AUTHOR_KEYS if key in matter.values), "taxonomies")
    keys = {"title": "title", "tags": tags, "authors": authors, "summary": summary_key}
    return {name: matter.line_of(key) for name, key in keys.items()}


def _uid(matter: FrontMatter) -> str:
    """Return the id of the post, by which it is recognised in a renamed file, or "".

    PostgreSQL stores no NUL, so an id with control characters is none.
    """
    values = (matter.values.get(key) for key in UID_KEYS)
    ids = (tidy(value)[:MAX_NAME] for value in values if isinstance(value, str))
    return next((uid for uid in ids if uid and uid.isprintable()), "")


def _title(matter: FrontMatter, name: str) -> str:
    """Return the title, or one made from the file name, as Jekyll does, with a note."""
    if isinstance(matter.get("title"), list | dict):
        raise matter.error("title", "title must be text")
    title = tidy(matter.text("title"))
    if not is_blank(title):
        return title
    title = tidy(" ".join(word.capitalize() for word in _BETWEEN_WORDS.split(name)))
    if is_blank(title):
        raise matter.error("title", "title is missing", Code.TITLE_MISSING)
    detail = f"no title, so it is made from the file name: {title[:100]}"
    matter.skip("title", detail, Code.TITLE_FROM_NAME)
    return title

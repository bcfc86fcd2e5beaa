"""Everything in an export besides the posts: authors, tags, and what belongs to which post."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from blog_api.crud.imported_tags import TagDetails
from blog_api.services.importing.ghost.addresses import Addresses
from blog_api.services.importing.ghost.links import ReplaceLinks
from blog_api.services.importing.ghost.rows import Row, read_rows
from blog_api.services.importing.places import encode_url
from blog_api.services.importing.profiles import valid_email, validate_profile
from blog_api.services.importing.report import Report
from blog_api.text.documents import MAX_NAME, Profile
from blog_api.text.folding import fold, fold_tag, tidy
from blog_api.text.issues import Code, Note, Refused
from blog_api.text.slugs import slugify

_ROLES = {
    "owner": "admin", "administrator": "admin", "editor": "editor", "super editor": "editor", "author": "author",
    "contributor": "contributor",
}  # fmt: skip
_MAX_DESCRIPTION = 500
_OF_ADDRESS = ("id", "uuid", "slug", "title", "type", "page", "status", "visibility", "published_at")
# Every export has these tables, which nobody has filled.
_SILENT = ("brute", "migrations", "migrations_lock", "permissions", "permissions_roles", "permissions_users")


class Tag(NamedTuple):
    """A tag. Readers do not see internal ones."""

    name: str
    details: TagDetails
    is_internal: bool


@dataclass(slots=True)
class Site:
    """The authors, tags and roles by their ids, and by the ids of posts what belongs to them.

    `posts` has only the columns on which their addresses depend. `left_out` counts the rows of the tables that are not
    read. With `with_roles`, the authors get their roles.
    """

    addresses: Addresses
    with_roles: bool = False
    posts: list[Row] = field(default_factory=list)
    replace_links: ReplaceLinks = str
    authors: dict[str, Profile] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    permalinks: str = ""
    roles: dict[str, str] = field(default_factory=dict)
    roles_of: dict[str, str] = field(default_factory=dict)
    tag_keys: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    author_keys: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    meta: dict[str, dict[str, object]] = field(default_factory=dict)

    def tags_of(self, post: Row) -> list[Tag]:
        """Return the tags of a post in order."""
        keys = sorted(self.tag_keys.get(post.key("id"), ()), key=lambda found: found[0])
        return [self.tags[key] for _, key in keys if key in self.tags]

    def authors_of(self, post: Row) -> list[str]:
        """Return the ids of the authors of a post, the first one first. The export can lack some of them."""
        keys = sorted(self.author_keys.get(post.key("id"), ()), key=lambda found: found[0])
        return list(dict.fromkeys([key for _, key in keys] or filter(None, [post.key("author_id")])))

    def meta_of(self, post: Row) -> Row:
        """Return the texts for search engines and social networks, wherever this version of Ghost stores them."""
        return Row("posts_meta", post.values | self.meta.get(post.key("id"), {}))

    @property
    def profiles(self) -> dict[str, Profile]:
        """The authors by their folded slugs, which become usernames."""
        return {fold(profile.slug): profile for profile in self.authors.values()}

    @property
    def tag_details(self) -> dict[str, TagDetails]:
        """The slugs and descriptions of tags by folded name."""
        return {fold_tag(tag.name): tag.details for tag in self.tags.values() if not tag.is_internal}

    def add(self, row: Row) -> None:
        """Add a row of any table."""
        if reader := _READERS.get(row.table):
            reader(self, row)
        elif row.table not in _SILENT:
            self.left_out[row.table] += 1

    def finish(self, report: Report, place: Path) -> None:
        """Complete the authors, once all tables have been read. Adds notes on what is left out of their profiles."""
        for key, profile in list(self.authors.items()):
            role = self.roles.get(self.roles_of.get(key, ""), "") if self.with_roles else ""
            try:
                self.authors[key], notes = validate_profile(replace(profile, role=role))
            except Refused as error:
                report.refuse(place, error)
                self.authors[key] = Profile(profile.slug, profile.slug, "")
                continue
            for note in notes:
                report.note(place, note._replace(detail=f"author {profile.slug}: {note.detail}"))


def _add_author(site: Site, row: Row) -> None:
    slug = tidy(row.text("slug", "name"))[:MAX_NAME] or f"author-{row.key('id')}"
    picture = site.addresses.make_absolute(row.text("profile_image", "image"))
    site.authors[row.key("id")] = Profile(
        slug=slug,
        display_name=tidy(row.text("name")) or slug,
        bio=row.text("bio").strip(),
        website=row.text("website").strip() or None,
        image={"url": encode_url(picture)} if picture else None,
        email=valid_email(row.text("email")),
    )


def _add_tag(site: Site, row: Row) -> None:
    if name := tidy(row.text("name")):
        is_internal = name.startswith("#") or row.values.get("visibility") == "internal"
        details = TagDetails(
            slugify(row.text("slug") or name), tidy(row.text("description"))[:_MAX_DESCRIPTION]
        )
        site.tags[row.key("id")] = Tag(name, details, is_internal)


def _add_post(site: Site, row: Row) -> None:
    values = {name: row.values[name] for name in _OF_ADDRESS if row.values.get(name)}
    site.posts.append(Row(row.table, values))


def _add_tag_of_post(site: Site, row: Row) -> None:
    site.tag_keys[row.key("post_id")].append((_order(row), row.key("tag_id")))


def _add_author_of_post(site: Site, row: Row) -> None:
    site.author_keys[row.key("post_id")].append((_order(row), row.key("author_id")))


def _add_meta(site: Site, row: Row) -> None:
    site.meta[row.key("post_id")] = {name: value for name, value in row.values.items() if value}


def _add_role(site: Site, row: Row) -> None:
    site.roles[row.key("id")] = _ROLES.get(row.text("name").lower(), "")


def _add_role_of_author(site: Site, row: Row) -> None:
    site.roles_of[row.key("user_id")] = row.key("role_id")


def _add_setting(site: Site, row: Row) -> None:
    if row.values.get("key") == "permalinks":
        site.permalinks = row.text("value")


_READERS: dict[str, Callable[[Site, Row], None]] = {
    "posts": _add_post,
    "posts_meta": _add_meta,
    "users": _add_author,
    "tags": _add_tag,
    "posts_tags": _add_tag_of_post,
    "posts_authors": _add_author_of_post,
    "roles": _add_role,
    "roles_users": _add_role_of_author,
    "settings": _add_setting,
}


def _order(row: Row) -> int:
    order = row.values.get("sort_order")
    return order if isinstance(order, int) else 0


def read_site(path: Path, addresses: Addresses, report: Report, *, with_roles: bool) -> Site:
    """Read an export once. Raises Refused if it is none. Adds notes on what is left out."""
    site = Site(addresses, with_roles)
    with path.open("rb") as file:
        for row in read_rows(file):
            site.add(row)
    site.finish(report, path)
    for table, number in sorted(site.left_out.items()):
        report.note(path, Note(Code.LEFT_OUT, f"rows of the table {table[:50]}: {number:,}"))
    return site

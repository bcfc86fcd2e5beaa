"""Read the tables of an export other than the content of posts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from blog_api.services.importing.ghost.addresses import Addresses
from blog_api.services.importing.ghost.rows import Row, read_rows
from blog_api.services.importing.ghost.site import Site, Tag
from blog_api.services.importing.places import encode_url
from blog_api.services.importing.profiles import valid_email, validate_profile
from blog_api.services.importing.report import Report
from blog_api.services.importing.tags import tag_details
from blog_api.text.documents import MAX_NAME, Profile
from blog_api.text.folding import tidy
from blog_api.text.issues import Code, Note, Refused

_ROLES = {
    "owner": "admin", "administrator": "admin", "editor": "editor", "super editor": "editor", "author": "author",
    "contributor": "contributor",
}  # fmt: skip
_OF_ADDRESS = ("id", "uuid", "slug", "title", "type", "page", "status", "visibility", "published_at")
# Internal tables, which every export has.
_SILENT = ("brute", "migrations", "migrations_lock", "permissions", "permissions_roles", "permissions_users")


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
        details = tag_details(name, row.text("slug"), row.text("description"))
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


def _finish(site: Site, report: Report, place: Path) -> None:
    """Complete the authors, once all tables have been read. Adds notes on what is left out of their profiles."""
    for key, profile in list(site.authors.items()):
        role = site.roles.get(site.roles_of.get(key, ""), "") if site.with_roles else ""
        try:
            site.authors[key], notes = validate_profile(replace(profile, role=role))
        except Refused as error:
            report.refuse(place, error)
            site.authors[key] = Profile(profile.slug, profile.slug, "")
            continue
        for note in notes:
            report.note(place, note._replace(detail=f"author {profile.slug}: {note.detail}"))


def read_site(path: Path, addresses: Addresses, report: Report, *, with_roles: bool) -> Site:
    """Read all tables of an export. Raises Refused if it is not an export. Adds notes on what is left out."""
    site = Site(addresses, with_roles)
    with path.open("rb") as file:
        for row in read_rows(file):
            if reader := _READERS.get(row.table):
                reader(site, row)
            elif row.table not in _SILENT:
                site.left_out[row.table] += 1
    _finish(site, report, path)
    for table, number in sorted(site.left_out.items()):
        report.note(path, Note(Code.LEFT_OUT, f"rows of the table {table[:50]}: {number:,}"))
    return site

"""Commands for tags with many posts. Reindexing all of the posts can exceed the time limit of a request."""

from __future__ import annotations

import click

from blog_api.auth import audit
from blog_api.cli.failures import command, load_input
from blog_api.crud import tags as crud
from blog_api.database.session import disable_statement_timeout, transaction
from blog_api.schemas import tags as schemas


@command("rename-tag")
@click.argument("slug")
@click.argument("name")
def rename_tag(slug: str, name: str) -> None:
    """Rename the tag SLUG to NAME. The slug is not changed."""
    changes = load_input(schemas.TagPatch(partial=True), {"name": name})
    with transaction():
        disable_statement_timeout()
        tag = crud.get_tag(crud.get_tag_id(slug))
        before = tag.name
        crud.update_tag(tag, changes)
        audit.record("tag.renamed", user_id=None, detail=f"{before} to {tag.name}")
    click.echo(f"Renamed {before} to {tag.name}.")


@command("merge-tags")
@click.argument("slug")
@click.argument("into")
def merge_tags(slug: str, into: str) -> None:
    """Merge the tag SLUG into the tag INTO. SLUG is deleted, and its posts get INTO."""
    with transaction():
        disable_statement_timeout()
        crud.merge_tag(crud.get_tag_id(slug), crud.get_tag_id(into))
        audit.record("tag.merged", user_id=None, detail=f"{slug} into {into}")
    click.echo(f"Merged {slug} into {into}.")


@command("delete-tag")
@click.argument("slug")
def delete_tag(slug: str) -> None:
    """Delete the tag SLUG. Its posts are kept."""
    with transaction():
        disable_statement_timeout()
        crud.delete_tag(crud.get_tag(crud.get_tag_id(slug)))
        audit.record("tag.deleted", user_id=None, detail=slug)
    click.echo(f"Deleted {slug}.")

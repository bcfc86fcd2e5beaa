"""Let links between the posts of an export lead to their new addresses."""

from __future__ import annotations

from datetime import tzinfo

from blog_api.services.importing.post_addresses import certain_slugs, post_path
from blog_api.services.importing.wordpress.index import Index
from blog_api.services.importing.wordpress.values import read_date
from blog_api.text.permalinks import Permalinks


def link_posts(index: Index, permalinks: Permalinks, name: str, zone: tzinfo) -> None:
    """Let links to posts whose new path is certain lead there.

    All others lead to the former path, which is an alias.
    """
    if permalinks.post is None:
        return
    public = {post.slug: post for post in index.posts() if post.is_public and post.slug}
    sources = {slug: f"{name}/post-{post.id}" for slug, post in public.items()}
    certain = certain_slugs(sources, (post.slug for post in index.posts()))
    dated = ((public[slug], read_date(public[slug].date_gmt, public[slug].date, zone)) for slug in certain)
    targets = ((post_path(permalinks, post.slug, date), post.id) for post, date in dated)
    index.set_targets((path, post_id) for path, post_id in targets if path)

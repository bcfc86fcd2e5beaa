"""Import the blog in an export."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC

from blog_api.services.importing.importer import Importer
from blog_api.services.importing.tags import tag_details
from blog_api.services.importing.wordpress.export import Export, WordPressItem
from blog_api.services.importing.wordpress.links import link_posts
from blog_api.services.importing.wordpress.site import Site
from blog_api.text.dates import find_zone
from blog_api.text.permalinks import Permalinks

Progress = Callable[[Iterable[WordPressItem]], Iterable[WordPressItem]]


def import_blog(
    importer: Importer, site: Site, permalinks: Permalinks, name: str, timezone: str, progress: Progress
) -> None:
    """Import the posts and pages in the file of the importer, which `name` identifies.

    Dates without a time zone are in `timezone`, an IANA name. Raises Refused where the file is broken, after the posts
    before have been imported.
    """
    zone = find_zone(timezone) or UTC
    importer.options = f"wordpress {timezone} {site.url} {permalinks.post}"
    importer.tags = {
        key: tag_details(term.name, term.slug, term.description) for key, term in site.terms.items()
    }
    link_posts(site.index, permalinks, name, zone)
    try:
        importer.run(progress(Export(importer.place, site, name, zone).items(importer.report)))
    finally:
        importer.record(name)

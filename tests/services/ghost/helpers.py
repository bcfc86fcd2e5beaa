"""Read exports without a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from blog_api.services.importing.ghost.addresses import Addresses
from blog_api.services.importing.ghost.export import Export
from blog_api.services.importing.ghost.site import Site
from blog_api.services.importing.ghost.tables import read_site
from blog_api.services.importing.report import Report
from blog_api.text.documents import Document


def read(
    folder: Path, export: Any, url: str = "", *, has_pictures: bool = False, with_roles: bool = False
) -> tuple[list[Document], Site, Report]:
    """Write an export to the folder, and return its documents, everything else in it, and the report."""
    path = folder / "export.json"
    path.write_bytes(export if isinstance(export, bytes) else json.dumps(export).encode())
    report = Report()
    site = read_site(path, Addresses(url, has_pictures), report, with_roles=with_roles)
    return [item.read() for item in Export(path, site, "ghost").items()], site, report


def values(document: Document) -> dict[str, Any]:
    """Return what becomes members or metadata of the post, by key."""
    return {each.key: each.value for each in document.unread}

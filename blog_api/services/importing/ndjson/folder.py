"""Import an export of JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from blog_api.services.importing.exported.accounts import set_images
from blog_api.services.importing.exported.pictures import ExportedPictures
from blog_api.services.importing.exported.site import restore_redirects, restore_tags
from blog_api.services.importing.importer import Importer
from blog_api.services.importing.ndjson.accounts import restore_accounts
from blog_api.services.importing.ndjson.history import check_history, restore_history
from blog_api.services.importing.ndjson.posts import PostLine, PostTable
from blog_api.services.importing.ndjson.reactions import check_reactions, ids_by_line, restore_reactions
from blog_api.services.importing.report import Report, path_to_text

Progress = Callable[[Iterable[PostLine]], Iterable[PostLine]]


@dataclass
class NdjsonFolder:
    """An import of an export that `name` identifies. Accounts get the roles of the export with `with_roles`."""

    folder: Path
    name: str
    importer: Importer
    pictures: ExportedPictures
    with_roles: bool = False

    def run(self, progress: Progress = lambda posts: posts) -> Report:
        """Restore accounts, pictures and tags, import all posts with their comments, and add what readers added."""
        importer, report, folder = self.importer, self.importer.report, self.folder
        authors, dry_run = importer.authors, importer.dry_run
        images = restore_accounts(folder, authors, report, with_roles=self.with_roles, dry_run=dry_run)
        self.pictures.restore(authors, report)
        set_images(images, authors, self.pictures)
        restore_tags(folder, report, dry_run=dry_run)
        posts = PostTable(folder, path_to_text(self.name), report)
        importer.run(progress(posts.items()))
        restore_redirects(folder, report, dry_run=dry_run)
        if dry_run:
            check_reactions(folder, report)
            check_history(folder, report)
        else:
            ids = ids_by_line(posts)
            restore_reactions(folder, ids, authors, report)
            restore_history(folder, ids, authors, self.pictures, report)
        importer.record(self.name)
        return report

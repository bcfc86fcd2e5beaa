"""Upload and delete pictures in processes that end abruptly, as with kill -9.

Each argument after the URL of the database and the folder of the pictures is a step. A child process ends there. The
output has a line for each step, with the signal that ended the child.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import Any

from flask import Flask
from sqlalchemy import event

from blog_api.database.session import db
from blog_api.media.folders import Folder
from blog_api.policies.viewers import Viewer
from blog_api.services.media import Upload, create_upload, delete_upload
from tests.apps import make_app
from tests.pictures import picture

EDITOR = Viewer(0, "editor", "editor", session_id=0)


class Fatal:
    """Kills the process at a step."""

    def __init__(self, step: str) -> None:
        self.step, self.commits = step, 0

    def reach(self, step: str) -> None:
        if step == self.step:
            os.kill(os.getpid(), signal.SIGKILL)

    def commit(self, _connection: object) -> None:
        self.commits += 1
        self.reach(f"commit {self.commits}")


class FatalStore(Folder):
    """A store that can be killed between two operations."""

    def __init__(self, folder: str, fatal: Fatal) -> None:
        super().__init__(folder)
        self.fatal = fatal

    def put(self, key: str, variants: Any) -> None:
        self.fatal.reach("before storing")
        for number, variant in enumerate(variants, 1):
            super().put(key, [variant])
            self.fatal.reach(f"object {number} stored")
            (self.path / key / "unfinished.part").write_bytes(variant.data[:10])
            self.fatal.reach(f"object {number + 1} begun")

    def delete(self, key: str, widths: Any) -> None:
        self.fatal.reach("before deleting")
        (self.path / key / f"{widths[0]}.webp").unlink()
        self.fatal.reach("object 1 deleted")
        super().delete(key, widths)
        self.fatal.reach("all deleted")


def run(app: Flask, folder: str, step: str, author_id: int, data: bytes) -> None:
    """Upload a picture, or delete it after the upload. Die at the step, such as "delete: before deleting"."""
    action, _, name = step.partition(": ")
    fatal = Fatal(name)
    with app.test_request_context():
        upload = Upload(
            io.BytesIO(data), "image/png", {"filename": step, "alt": "", "caption": ""}, author_id
        )
        if action == "delete":
            media_id = create_upload(Folder(folder), upload, 10**6)["id"]
        event.listen(db.engine, "commit", fatal.commit)
        if action == "delete":
            delete_upload(FatalStore(folder, fatal), media_id, EDITOR)
        else:
            create_upload(FatalStore(folder, fatal), upload, 10**6)
    fatal.reach("end")


def main(url: str, folder: str, author_id: str, *steps: str) -> None:
    app = make_app(url)
    for number, step in enumerate(steps):
        child = os.fork()
        if not child:
            run(app, folder, step, int(author_id), picture(color=number))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{step} {os.WTERMSIG(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

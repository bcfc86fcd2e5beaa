"""Import a folder in processes that end abruptly, as with kill -9: the first before its first commit, and so on.

The arguments are the URL of the database, the folder of the pictures, and those of the command. The output is the
number of processes that were killed.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

from sqlalchemy import event

from blog_api.database.session import db
from blog_api.services.importing import importer
from blog_api.services.importing.markdown import moving
from tests.apps import make_app
from tests.cli.helpers import run_command

# Small, so that few files make several batches.
BATCH = 2


class Fatal:
    """Kills the process before a commit. The first one has the number 1."""

    def __init__(self, number: int) -> None:
        self.remaining = number

    def commit(self, _connection: object) -> None:
        self.remaining -= 1
        if not self.remaining:
            os.kill(os.getpid(), signal.SIGKILL)


def is_killed(child: int) -> bool:
    """Wait for the child process, and return whether it was killed. Raises AssertionError if it failed."""
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed or os.waitstatus_to_exitcode(status) == 0
    return killed


def main(url: str, media: str, *arguments: str) -> None:
    importer.BATCH = moving.BATCH = BATCH
    app = make_app(url, MEDIA_STORE=media)
    for number in count(1):
        child = os.fork()
        if not child:
            with app.app_context():
                event.listen(db.engine, "commit", Fatal(number).commit)
            result = run_command(app, *arguments)
            sys.stderr.write(result.output)
            sys.stderr.flush()
            os._exit(result.exit_code)
        if not is_killed(child):
            sys.stdout.write(f"{number - 1}\n")
            return


if __name__ == "__main__":
    main(*sys.argv[1:])

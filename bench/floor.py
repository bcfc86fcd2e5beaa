"""The floor: bare Flask views that return constant bytes, the lowest cost possible with Flask.

The directory BENCH_REPLIES contains one file per case, with its name and its response body. `POST /hash` only verifies
a password.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response

from bench.data import PASSWORD
from blog_api.security.passwords import hash_password, verify_password

app = Flask(__name__)
# The worker sizes its lanes by these.
app.config.update(DB_POOL_SIZE=10, DB_MAX_OVERFLOW=5)


def _constant(body: bytes) -> Callable[[], Response]:
    return lambda: Response(body, content_type="application/json")


for path in Path(os.environ["BENCH_REPLIES"]).iterdir():
    app.add_url_rule(f"/{path.name}", path.name, _constant(path.read_bytes()))

STORED = hash_password(PASSWORD)


@app.post("/hash")
def verify() -> str:
    """Verify the password, as a login does."""
    assert verify_password(STORED, PASSWORD)
    return ""

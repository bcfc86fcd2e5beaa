"""The code in docs/readers.md that verifies the signatures of webhooks."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from blog_api.security.webhook_signatures import create_secret, signed_headers
from config import PROJECT
from tests.tools import require

PAGE = (PROJECT / "docs" / "readers.md").read_text(encoding="utf-8")
BODY = '{"type": "post.published", "data": {"slug": "größe"}}'
RUN = """
import { verify } from './verify.mjs';
const cases = JSON.parse(process.argv[2]);
console.log(JSON.stringify(cases.map(([headers, body, secret]) => verify(headers, body, secret))));
"""


def code(language):
    (block,) = re.findall(rf"```{language}\n((?:(?!```).)*verify(?:(?!```).)*)```", PAGE, re.DOTALL)
    return block


def cases():
    """Return headers, body and secret of messages, and whether each is genuine."""
    now, secret, other = datetime.now(UTC), create_secret(), create_secret()
    headers = signed_headers("msg_1", now, BODY.encode(), [secret])
    rotated = signed_headers("msg_1", now, BODY.encode(), [other, secret])
    old = signed_headers("msg_1", now - timedelta(hours=1), BODY.encode(), [secret])
    return [
        (headers, BODY, secret, True),
        (rotated, BODY, secret, True),
        (rotated, BODY, other, True),
        (headers, BODY, other, False),
        (headers, BODY + " ", secret, False),
        (headers | {"webhook-id": "msg_2"}, BODY, secret, False),
        (headers | {"webhook-signature": "v1,"}, BODY, secret, False),
        (old, BODY, secret, False),
    ]


def test_the_python_code_verifies_signatures():
    namespace: dict = {}
    exec(code("python"), namespace)  # noqa: S102
    for headers, body, secret, expected in cases():
        assert namespace["verify"](headers, body.encode(), secret) == expected


@pytest.fixture
def node():
    return require("node")


def test_the_javascript_code_verifies_signatures(node, tmp_path):
    (tmp_path / "verify.mjs").write_text(code("js"), encoding="utf-8")
    (tmp_path / "run.mjs").write_text(RUN, encoding="utf-8")
    made = cases()
    given = json.dumps([case[:3] for case in made])
    done = subprocess.run([node, "run.mjs", given], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [case[3] for case in made]

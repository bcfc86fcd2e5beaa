"""The path of password resets, and the check for a rejected token."""

from __future__ import annotations

NEW = "staple of my diet"

PATH = "/api/v1/auth/password-reset"


def assert_rejected(reply):
    assert reply.status_code == 422, reply.text
    assert [(f["pointer"], f["code"]) for f in reply.json["errors"]] == [("/token", "bad_token")]

"""Paths as logs and problems show them: without secrets, such as the tokens of previews."""

from __future__ import annotations

import re

_SECRET = re.compile(r"<secret:\w+>")


def shown_path(rule: str | None, path: str) -> str:
    """Return the path, or the rule that it matched with dots in place of the secret in it."""
    return _SECRET.sub("...", rule) if rule and _SECRET.search(rule) else path

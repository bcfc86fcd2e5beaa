"""Paths as logs and problems show them: without secrets, such as the tokens of previews."""

from __future__ import annotations

import re

_SECRET = re.compile(r"<secret:\w+>")
# The token of a preview, or of a link that ends mail, in a path that matches no route, or not with this method.
_TOKEN = re.compile(r"(/(?:previews|unsubscribe)/)[A-Za-z0-9_-]{20,}")


def shown_path(rule: str | None, path: str) -> str:
    """Return the path, or the rule that it matched, with dots in place of the secret in it."""
    if rule and _SECRET.search(rule):
        return _SECRET.sub("...", rule)
    return _TOKEN.sub(r"\1...", path)

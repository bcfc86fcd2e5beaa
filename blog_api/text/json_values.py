"""Convert values of front matter to JSON values."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from blog_api.text.front_matter import MAX_FRONT_MATTER
from blog_api.text.front_matter_blocks import Plain, Value

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# Numbers that JSON writes in the same way, so that 1.10 and 007 remain text.
_INTEGER = re.compile("0|-?[1-9][0-9]{0,14}")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,7})\.(?:0|[0-9]{0,6}[1-9])")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]+([0-9:.]+) *([Zz]|[-+][0-9:]+)?")


class JsonConverter:
    """Converts the values of one file, as far as they are not larger than the file itself.

    A short text can stand for huge values, because YAML's aliases can be nested.
    """

    def __init__(self) -> None:
        self.remaining = 2 * MAX_FRONT_MATTER

    def convert(self, value: Value) -> Any:
        """Return the value as JSON knows it. Raises ValueError if the values are too large."""
        self.remaining -= 1 + sum(map(len, value)) if isinstance(value, dict) else len(value or "") + 1
        if self.remaining < 0:
            raise ValueError("too large")
        if isinstance(value, Plain):
            return _scalar(value)
        if isinstance(value, list):
            return [self.convert(item) for item in value]
        if isinstance(value, dict):
            return {key: self.convert(item) for key, item in value.items()}
        return value


def _scalar(text: str) -> Any:
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if match := _TIME.fullmatch(text):
        day, time, offset = match.groups(default="")
        try:
            return datetime.fromisoformat(f"{day}T{time}{offset.upper()}").isoformat()
        except ValueError:
            return str(text)
    return str(text)

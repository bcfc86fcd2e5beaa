"""The control characters that no text of a client may contain."""

from __future__ import annotations

import re

# In regular expression syntax, because the OpenAPI document includes them too.
CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
CONTROLS_AND_LINE_BREAKS = r"\x00-\x1f\x7f\x85\u2028\u2029"
_FORBIDDEN = {
    multiline: re.compile(f"[{characters}\ud800-\udfff]")
    for multiline, characters in ((True, CONTROLS), (False, CONTROLS_AND_LINE_BREAKS))
}


def find_control(text: str, *, multiline: bool) -> int | None:
    """Return the index of the first forbidden character, or None."""
    found = _FORBIDDEN[multiline].search(text)
    return found.start() if found else None


def remove_controls(text: str, *, multiline: bool) -> str:
    """Return the text without forbidden characters. Those between words become spaces."""
    return _FORBIDDEN[multiline].sub(lambda found: " " if found[0].isspace() else "", text)

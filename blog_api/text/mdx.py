"""Remove the imports and exports of MDX, which are code and not text."""

from __future__ import annotations

import re

from blog_api.text.issues import Code, Note

_STATEMENT = re.compile(r"(?:import|export)(?=[ \t{*\"'])")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")


def remove_code(content: str, first: int) -> tuple[str, int, tuple[Note, ...]]:
    """Return the content without top-level imports and exports, the line at which it begins, and a note on each.

    `first` is the line of the file at which the whole content begins. As in MDX, such a block begins a paragraph and
    ends at a blank line, unless brackets are still open there.
    """
    kept: list[str] = []
    notes: list[Note] = []
    fence, depth, is_inside = "", 0, False
    for number, line in enumerate(content.split("\n"), first):
        if found := _FENCE.match(line):
            fence = "" if fence and found[1].startswith(fence) else fence or found[1]
        begins = not fence and _STATEMENT.match(line) and (is_inside or not kept or not kept[-1].strip())
        if begins:
            notes.append(Note(Code.CODE_REMOVED, f"code of MDX is left out: {line.strip()[:100]}", number))
            is_inside, depth = True, 0
        if is_inside and (line.strip() or depth > 0):
            depth += sum(line.count(sign) for sign in "{[(") - sum(line.count(sign) for sign in "}])")
            continue
        is_inside = False
        kept.append(line)
    text = "\n".join(kept).strip("\n")
    start = content.find(text.partition("\n")[0])
    return text, first + content.count("\n", 0, max(0, start)), tuple(notes)

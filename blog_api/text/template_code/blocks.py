"""Replace `{% highlight %}` by fenced code, and remove `{% raw %}`."""

from __future__ import annotations

import re

from blog_api.text.code_ranges import Ranges, find_code

_OPENING = re.compile(
    r"\{%-?\s*(?P<liquid>raw|highlight)\b(?P<options>[^%{}\n]*)%\}"
    # Themes of Hugo use `{{< highlight >}}` without a language for a marker.
    r"|\{\{[<%]\s*highlight\s+(?P<hugo>[^%<>{}\n]+)[%>]\}\}"
)
_CLOSING = {
    "raw": re.compile(r"\{%-?\s*endraw\s*-?%\}"),
    "highlight": re.compile(r"\{%-?\s*endhighlight\s*-?%\}"),
    "hugo": re.compile(r"\{\{[<%]\s*/\s*highlight\s*[%>]\}\}"),
}
_RAW_TAG = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")
_LANGUAGE = re.compile(r"[\"'\s]*([A-Za-z0-9_+#.-]*[A-Za-z0-9_+#])")
_BACKTICKS = re.compile(r"`+")
# What can precede fenced code on its line: an indentation, quotes, and the marker of a list item.
_BEFORE_FENCE = re.compile(r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)?")


def replace_blocks(content: str, *, is_liquid: bool) -> tuple[str, Ranges]:
    """Return the content without these blocks, and the ranges of the text that was between raw tags."""
    if not _OPENING.search(content):
        return content, Ranges(())
    code = find_code(content)
    pieces: list[str] = []
    protected: list[tuple[int, int]] = []
    end = length = 0
    unclosed: set[str] = set()
    for opening in _OPENING.finditer(content):
        kind = opening["liquid"] or "hugo"
        is_left = opening.start() in code and not (kind == "raw" and is_liquid)
        if opening.start() < end or is_left or kind in unclosed:
            continue
        closing = _CLOSING[kind].search(content, opening.end())
        if closing is None:
            unclosed.add(kind)
            continue
        inner = content[opening.end() : closing.start()]
        before = content[end : opening.start()]
        if kind != "raw":
            inner = _fenced(content, opening, closing.end(), inner)
        pieces += [before, inner]
        length += len(before)
        if kind == "raw":
            protected.append((length, length + len(inner)))
        length += len(inner)
        end = closing.end()
    return "".join([*pieces, content[end:]]), Ranges(protected)


def _fenced(content: str, opening: re.Match[str], end: int, inner: str) -> str:
    """Return fenced code, with line breaks around it where Markdown needs them."""
    language = _LANGUAGE.match(opening["hugo"] or opening["options"] or "")
    longest = max((len(run) for run in _BACKTICKS.findall(inner)), default=0)
    fence = "`" * max(3, longest + 1)
    before = content[content.rfind("\n", 0, opening.start()) + 1 : opening.start()]
    starts_line = _BEFORE_FENCE.fullmatch(before) is not None
    indentation = before if before.isspace() else " " * len(before)
    if ">" in before or not starts_line:
        indentation = ""
    # What is before the closing tag, on its line.
    *lines, last = _RAW_TAG.sub("", inner).split("\n")
    if not lines or last.strip(" \t>"):
        lines, last = [*lines, last], before if ">" in before and starts_line else indentation
    code = "\n".join(
        line if not line or line.startswith(indentation) else indentation + line for line in lines
    ).strip("\n")
    line_after = content[end : content.find("\n", end) % (len(content) + 1)]
    return "".join(
        [
            "" if starts_line else "\n",
            f"{fence}{language[1] if language else ''}\n",
            f"{code}\n" if code else "",
            f"{last or indentation}{fence}",
            "\n" if line_after.strip() else "",
        ]
    )

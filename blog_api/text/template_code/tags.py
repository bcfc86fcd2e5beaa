"""Replace the tags that have a counterpart in Markdown, and count the others."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from blog_api.text.code_ranges import Ranges, find_code
from blog_api.text.issues import Code, Tally
from blog_api.text.template_code.arguments import parse_arguments
from blog_api.text.template_code.shortcodes import shortcode

# Each alternative ends before the next opening, so that text without closings takes linear time.
_TAG = re.compile(
    r"\{\{(?P<bracket>[<%])(?P<shortcode>(?:(?!\{\{|[>%]\}\})[\s\S])*+)[>%]\}\}"
    r"|\{%-?(?P<statement>(?:(?!\{%|%\})[\s\S])*+)%\}"
    r"|\{\{-?(?P<output>(?:(?!\{\{|\}\})[\s\S])*+)\}\}"
    r"|<(?P<component>(?=[A-Z][A-Za-z0-9]*[a-z])[A-Za-z0-9.]+)(?=[\s/>])"
)
_NAME = re.compile(r"\s*([\w./-]+)")
_CALL = re.compile(r"\s*([\w-]+)\(([\s\S]*)\)\s*-?")
# `{{< x >}}` in a text about Hugo.
_ESCAPED = re.compile(r"\s*/\*([\s\S]*)\*/\s*")
_ROOT = re.compile(r"\s*site\.(?:base_?url|url)\s*-?")
_ROOTED = re.compile(
    r"\s*([\"'])(?P<path>[^\"']*)\1\s*(?:\|\s*(?:relative_url|absolute_url|url|prepend:\s*site\.(?:baseurl|url))\s*)+-?"
)
_CONTINUATIONS = frozenset(["else", "elsif", "elseif", "when"])
_MAX_NAME = 50


class LinkTag(NamedTuple):
    """A tag that stands for the URL of a post: a `path` from the root, the `name` of a file, or a `ref` of Hugo."""

    kind: Literal["path", "name", "ref"]
    target: str


FindLink = Callable[[LinkTag], str | None]


class TagReplacer:
    """Replaces the tags in Markdown, except in code and in `protected` ranges."""

    def __init__(self, content: str, protected: Ranges, line: int, find_link: FindLink | None) -> None:
        self.tallies: list[Tally] = []
        self._content = content
        self._protected = protected
        self._code = find_code(content)
        self._find_link = find_link
        self._line, self._counted = line, 0

    def replace(self) -> str:
        """Return the content with the tags replaced."""
        return _TAG.sub(self._replacement, self._content)

    def _replacement(self, tag: re.Match[str]) -> str:
        if tag.start() in self._protected or tag.start() in self._code:
            return tag[0]
        if tag["component"]:
            return self._kept(tag, f"<{tag['component']}>")
        if tag["bracket"]:
            return self._shortcode(tag)
        return self._statement(tag) if tag["statement"] is not None else self._output(tag)

    def _shortcode(self, tag: re.Match[str]) -> str:
        inner, bracket = tag["shortcode"], tag["bracket"]
        if escaped := _ESCAPED.fullmatch(inner):
            return f"{{{{{bracket}{escaped[1]}{tag[0][-3:]}"
        if inner.lstrip().startswith("/") or not (name := _NAME.match(inner)):
            return tag[0]
        arguments = inner[name.end() :]
        if name[1] in ("ref", "relref") or (name[1] == "link" and ".md" in arguments):
            return self._link(tag, LinkTag("ref", parse_arguments(arguments).get("path", 0)))
        closing = ">" if bracket == "<" else "%"
        return shortcode(name[1], arguments) or self._kept(tag, f"{{{{{bracket} {name[1]} {closing}}}}}")

    def _statement(self, tag: re.Match[str]) -> str:
        name = _NAME.match(tag["statement"])
        if name is None or name[1].startswith("end") or name[1] in _CONTINUATIONS:
            return tag[0]
        rest = tag["statement"][name.end() :].strip(" \t\n-")
        if name[1] in ("link", "post_url"):
            return self._link(tag, LinkTag("path" if name[1] == "link" else "name", rest.strip("\"'")))
        found = shortcode("gist", rest) if name[1] == "gist" else None
        return found or self._kept(tag, f"{{% {name[1]} %}}")

    def _output(self, tag: re.Match[str]) -> str:
        inner = tag["output"]
        if call := _CALL.fullmatch(inner):
            found = shortcode(call[1], call[2])
            return found or self._kept(tag, f"{{{{ {call[1]}() }}}}")
        if rooted := _ROOTED.fullmatch(inner):
            return "/" + rooted["path"].lstrip("/")
        if _ROOT.fullmatch(inner) and self._content.startswith(("/", "{{", "{%"), tag.end()):
            return ""
        name = _NAME.match(inner)
        return self._kept(tag, f"{{{{ {name[1] if name else '...'} }}}}")

    def _link(self, tag: re.Match[str], link: LinkTag) -> str:
        if link.target.startswith("#"):
            return link.target
        if path := self._find_link(link) if self._find_link else None:
            return path
        detail = f"{tag[0][:200]} does not refer to a post in the folder, so it stays unchanged"
        self.tallies.append(Tally(Code.LINK_MISSING, detail, self._line_of(tag)))
        return tag[0]

    def _kept(self, tag: re.Match[str], name: str) -> str:
        detail = f"{name[:_MAX_NAME]} stays in the text"
        self.tallies.append(Tally(Code.TEMPLATE_CODE, detail, self._line_of(tag)))
        return tag[0]

    def _line_of(self, tag: re.Match[str]) -> int:
        """Return the line of a tag. Tags come in order."""
        self._line += self._content.count("\n", self._counted, tag.start())
        self._counted = tag.start()
        return self._line

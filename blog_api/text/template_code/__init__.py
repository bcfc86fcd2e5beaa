"""Convert the template code of static site generators in Markdown, and count what stays.

Jekyll and Eleventy write `{% tag %}` and `{{ output }}`, Hugo `{{< shortcode >}}`, Zola `{{ shortcode(a="b") }}`, and
MDX `<Component />`.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

from blog_api.text.issues import Tally
from blog_api.text.rendering import TooComplex
from blog_api.text.rendering.markdown import check_nesting
from blog_api.text.template_code.blocks import replace_blocks
from blog_api.text.template_code.tags import FindLink, LinkTag, TagReplacer

__all__ = ["Converted", "FindLink", "LinkTag", "convert"]

_MAY_BE_TAG = re.compile(r"\{[{%]|<[A-Z][A-Za-z0-9]*[a-z]")


class Converted(NamedTuple):
    """The Markdown, and tallies of the tags that stay, also of those that refer to files that are not posts."""

    content: str
    tallies: tuple[Tally, ...] = ()


def convert(
    content: str, *, is_liquid: bool = False, line: int = 1, find_link: FindLink | None = None
) -> Converted:
    """Convert the template code that has a counterpart in Markdown. Does not touch code, except for `{% raw %}` there.

    `is_liquid` says that the file was a template of Liquid, which removes `{% raw %}` also in code. `find_link` returns
    the path of the post to which a tag refers, or None. `line` is where the content begins.
    """
    # Rendering refuses the post later.
    with suppress(TooComplex):
        if _MAY_BE_TAG.search(content):
            check_nesting(content)
            content, protected = replace_blocks(content, is_liquid=is_liquid)
            replacer = TagReplacer(content, protected, line, find_link)
            return Converted(replacer.replace(), tuple(replacer.tallies))
    return Converted(content)

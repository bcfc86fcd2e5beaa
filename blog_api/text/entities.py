"""Character references of HTML, such as `&amp;` and `&#8217;`.

The pattern stays ours, because `html.unescape` alone replaces the `&copy` of `?a=1&copy=2`, and raises for a number of
thousands of digits.
"""

import html
import re

# At most seven digits: Python refuses to read a number of thousands of them.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def replace_entities(text: str) -> str:
    """Replace each reference by its character. As in CommonMark, a reference ends with a semicolon. Never raises."""
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text)

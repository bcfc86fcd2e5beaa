"""Replace HTML character references such as `&amp;` and `&#8217;`.

Custom pattern, because `html.unescape` alone replaces the `&copy` in `?a=1&copy=2`, and raises for a number with
thousands of digits.
"""

import html
import re

# At most seven digits, because Python refuses to convert thousands of them to a number.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def replace_entities(text: str) -> str:
    """Replace each reference with its character. Like in CommonMark, it must end with a semicolon. Never raises."""
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text)

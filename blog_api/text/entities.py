"""Character references of HTML, such as `&amp;` and `&#8217;`."""

import html
import re

# At most seven digits: Python refuses to read a number of thousands of them.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def replace_entities(text: str) -> str:
    """The text with the character in the place of each reference, as CommonMark has them: whole, and with their
    semicolon. What is none stays as it is; no text is an error."""
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text)

"""Count the words of a post and estimate its reading time."""

import math
import re
from typing import NamedTuple

from blog_api.text.excerpts import plain_text

# Adults read 238 words of English non-fiction a minute (Brysbaert 2019, 190 studies). The number of characters is an
# assumption.
WORDS_PER_MINUTE, CHARACTERS_PER_MINUTE = 238, 255

_CHARACTER = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
_WORD = re.compile(r"\w[\w'\u2019.-]*")


class Length(NamedTuple):
    """The length of a post: its words, and the estimated reading time in minutes."""

    words: int
    minutes: int


def measure(content: str) -> Length:
    """Count the words of Markdown, without markup. Chinese, Japanese and Korean characters count as words.

    The reading time is at least a minute, unless there are no words.
    """
    rest, characters = _CHARACTER.subn(" ", plain_text(content))
    words = len(_WORD.findall(rest))
    minutes = math.ceil(words / WORDS_PER_MINUTE + characters / CHARACTERS_PER_MINUTE)
    return Length(words + characters, minutes)

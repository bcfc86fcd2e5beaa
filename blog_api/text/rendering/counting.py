"""Count the words of a post and estimate its reading time."""

import math
import re

from blog_api.text.excerpts import plain_text

# Adults read 238 words of English a minute (Brysbaert 2019, 190 studies) and 255 characters of Chinese (Trauzettel-
# Klosinski and Dietz 2012).
WORDS_PER_MINUTE, CHARACTERS_PER_MINUTE = 238, 255

_CHARACTER = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
_WORD = re.compile(r"\w[\w'\u2019.-]*")


def _count(content: str) -> tuple[int, int]:
    rest, characters = _CHARACTER.subn(" ", plain_text(content))
    return len(_WORD.findall(rest)), characters


def count_words(content: str) -> int:
    """Count the words of Markdown, without markup. Chinese, Japanese and Korean characters count as words."""
    return sum(_count(content))


def reading_minutes(content: str) -> int:
    """Return the reading time in minutes: 0 without words, otherwise at least 1."""
    words, characters = _count(content)
    return math.ceil(words / WORDS_PER_MINUTE + characters / CHARACTERS_PER_MINUTE)

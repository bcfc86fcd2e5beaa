"""Rendering takes linear time, whatever the content."""

import contextlib
import itertools
import time

import pytest
from pygments.lexers import find_lexer_class_by_name

from blog_api.text.rendering import TooComplex, budget, render
from blog_api.text.rendering.budget import Budget
from blog_api.text.rendering.counting import measure
from blog_api.text.rendering.highlighting import LANGUAGES, Highlighter
from tests.text.long_content import FAMILIES, REPEATED

N = 10_000
# Four times the content takes at most this many times as long: quadratic time would be 16.
MOST = 10
# Shorter times are not compared, because they vary.
SECONDS = 0.1

# Eight times the code is highlighted at most. With quadratic time, a token of it would then take 1.6 s.
CODE_LENGTH = 2_500
TOKEN_SECONDS = 0.025
HOSTILE_CODE = [
    "'", '"', "\\", "(", "{", "<", "/*", "#", " ", "0", "a", "x'\\", "${", "`", "=\n", "<a ",
    "\n", "\r", "\t", "a\n", "a ", "a(", "a: ", ":", "=", "<style>", "{/*", "<A/>", "@a:", "a{",
]  # fmt: skip
# Other code is text to these languages.
PREFIXES = {"html": ["", "<script>", "<style>"], "markdown": ["", "```python\n"], "php": ["<?php "]}


def seconds(content: str) -> float:
    start = time.process_time()
    with contextlib.suppress(TooComplex):
        render(content, base_url="https://blog.example/", trusted=False)
    return time.process_time() - start


@pytest.mark.parametrize("family", FAMILIES)
def test_rendering_takes_linear_time(family: str) -> None:
    shorter, longer = FAMILIES[family](N), FAMILIES[family](4 * N)
    # The best of several measurements, because others use the same processor.
    for _ in range(4):
        times = seconds(shorter), seconds(longer)
        if times[1] < max(SECONDS, MOST * times[0]):
            return
    pytest.fail(f"{N} characters took {times[0]:.3f} s, {4 * N} took {times[1]:.3f} s")


class Stopwatch(Budget):
    """Measures the longest time between two checks, instead of limiting the time."""

    def __init__(self) -> None:
        super().__init__()
        self.longest, self._last = 0.0, time.thread_time()

    def check(self) -> None:
        now = time.thread_time()
        self.longest, self._last = max(self.longest, now - self._last), now


def longest_token(language: str, code: str) -> float:
    stopwatch = Stopwatch()
    Highlighter(stopwatch)(language, code)
    stopwatch.check()
    return stopwatch.longest


@pytest.mark.parametrize(
    "language", sorted({find_lexer_class_by_name(name).aliases[0] for name in LANGUAGES})
)
def test_no_token_of_hostile_code_takes_long(language: str) -> None:
    for prefix, unit in itertools.product(PREFIXES.get(language, [""]), HOSTILE_CODE):
        code = prefix + unit * (CODE_LENGTH // len(unit))
        # The best of several measurements, because others use the same processor.
        assert any(longest_token(language, code) < TOKEN_SECONDS for _ in range(5)), (prefix, unit)


def test_rendering_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_SECONDS", -1)
    with pytest.raises(TooComplex, match="takes more than -1 seconds"):
        render("a", base_url=None, trusted=False)


@pytest.mark.parametrize("opening", ["> ", "- + ", "1. "])
def test_continued_lines_in_deep_nesting_are_limited(opening: str) -> None:
    with pytest.raises(TooComplex, match="nests too many"):
        render(opening * 50_000 + "a\n" * 125_000, base_url=None, trusted=False)
    render(opening * 90 + "a\n" * 10_000, base_url=None, trusted=False)


def test_the_memory_is_limited() -> None:
    with pytest.raises(TooComplex, match="characters of HTML"):
        render("a|b\n-|-\n" + "x\n" * 240_000, base_url=None, trusted=False)
    render("Some words.\n\n" * 38_000, base_url=None, trusted=False)


def test_ampersands_are_limited() -> None:
    with pytest.raises(TooComplex):
        render("&" * 500_000, base_url=None, trusted=False)
    render("a & b\n\n" * 10_000, base_url=None, trusted=False)


@pytest.mark.parametrize("unit", REPEATED)
def test_counting_takes_linear_time(unit: str) -> None:
    start = time.process_time()
    measure(unit * (500_000 // len(unit)))
    assert time.process_time() - start < 3

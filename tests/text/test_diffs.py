"""Tests of unified diffs."""

from __future__ import annotations

import random
import time

import pytest

from blog_api.text.diffs import MAX_LINES, unified_diff


def apply(diff: str, text: str) -> str:
    """Apply a unified diff to a text."""
    lines, position, result = text.split("\n") if text else [], 0, []
    for line in diff.split("\n")[:-1]:
        if line.startswith("@@"):
            start, length = map(int, line.split()[1].removeprefix("-").split(","))
            start -= bool(length)
            result += lines[position:start]
            position = start
        elif line.startswith("+"):
            result.append(line[1:])
        else:
            assert lines[position] == line[1:]
            result += [line[1:]] * line.startswith(" ")
            position += 1
    return "\n".join(result + lines[position:])


def test_a_diff_shows_changed_lines_with_three_around_them():
    before = "\n".join("abcdefghij")
    expected = "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n"
    assert unified_diff(before, before.replace("e", "E")) == expected


def test_equal_texts_have_no_difference():
    assert unified_diff("a\nb", "a\nb") == ""
    assert unified_diff("", "a") == "@@ -0,0 +1,1 @@\n+a\n"
    assert unified_diff("a", "") == "@@ -1,1 +0,0 @@\n-a\n"


def test_applying_a_diff_gives_the_other_text():
    chance = random.Random(3)
    for _ in range(300):
        before, after = ("\n".join(chance.choices("abc", k=chance.randrange(30))) for _ in range(2))
        if before != "" and after != "":
            assert apply(unified_diff(before, after), before) == after


def _numbers(count: int, factor: int) -> str:
    return "\n".join(str(n * factor % (count // 15 + 1)) for n in range(count))


@pytest.mark.parametrize("count", [199, MAX_LINES, 250_000])
def test_the_time_is_bounded(count):
    texts = [("a\nb\n" * (count // 2), "b\nb\na\n" * (count // 3)), (_numbers(count, 1), _numbers(count, 7))]
    for before, after in texts:
        started = time.process_time()
        diff = unified_diff(before, after)
        assert time.process_time() - started < 5
        assert apply(diff, before) == after


def test_a_change_in_a_long_text_is_found_exactly():
    lines = [str(n) for n in range(100_000)]
    after = [*lines[:50_000], "new", *lines[50_001:]]
    assert unified_diff("\n".join(lines), "\n".join(after)).count("\n") == 9

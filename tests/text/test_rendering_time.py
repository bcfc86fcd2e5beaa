"""Rendering takes linear time, whatever the content."""

import contextlib
import time
from collections.abc import Callable
from functools import partial

import pytest

from blog_api.text.rendering import TooSlow, budget, render
from blog_api.text.rendering.counting import measure
from blog_api.text.rendering.highlighting import LANGUAGES, MAX_HIGHLIGHTED

N = 10_000
# Four times the content takes at most this many times as long: quadratic time would be 16.
MOST = 10
# Shorter times are not compared, because they vary.
SECONDS = 0.05

REPEATED = [
    "[", "![", "]", "[]", "[a](", "[a](<b", "[a](b)", "[a][b] ", "[a]: b\n", "[a]:\n", "![[]()", "\\[",
    "*", "*a **a ", "*a_ ", "a**b", "_a __a ", "~", "~a ~~a ", "`", "`a``", "\\",
    ">", "> ", "- ", "- + ", "1. ", "* a\n", "- [ ] a\n", "- \n", "> - ", "\n", " ", "\t", "\r", "a\n", "a  \n",
    "# a\n", "#", "# a #", "a\n=\n", "***\n", "```\n", "```a\n", "~~~\n```\n", "    a\n\n", "```python\n'\n```\n",
    "|", "|a|b|\n", "a|b\n", "-|", "|\n|-\n", "[^a]", "[^a]: b\n\n", "[^a]:", "[^", "[^a]\n\n[^a]: b\n\n",
    "<", "<a ", "<!--", "<?", "<!A ", "<![CDATA[", "<a b='", "</", "a < b ", "&", "&amp;", "&#", "&a;", "a&",
    "http://a.b ", "www.", "www.a(", "http:", "a@", "a@b.", ":", "http://a<", "mailto:", ".a_b@", "a_.",
    "<div>", "<b>", "<p><b><i>", "<a href=x>", "<ul><li>", "<table><tr><td>", "<h1>a", "<b><p></b>", "<details>",
    "<svg>", "<math><mi>", "<template>", "<select><option>",
    "<form><div></form>", "<nobr>", "</p>", "</br>", "<ruby><rt>",
    "<button>", "<frameset>", "<pre>\n", "<option>", "<dd>", "<font size=1>", "<a><div></a>", "<object><b>", "</b><p>",
]  # fmt: skip
# These add a part that is repeated later, or before.
HALVES = [
    ("- ", "\n"), ("> ", "\n"), ("- + ", "a\n"), ("*", "*a"), ("[", "]"), ("<div>", "</b>"), ("<b>", "<p>"),
    ("<a>", "<div>"),
    ("<div>", "</h1>"), ("<ul><span>", "<li>"), ("<table>", "<b>x"), ("|a", "|-"), ("[a]: ", "[a]"),
    ("http://a.b/", ")"),
    ("<li><article><b>", "<li>x</li>"), ("[^a]: ", "[^a]"), ("a`", "``"),
]  # fmt: skip


def repeat(first: str, then: str, length: int) -> str:
    half = length // 2 if then else length
    return first * (half // len(first)) + "a" + then * (half // len(then) if then else 0)


FAMILIES: dict[str, Callable[[int], str]] = {
    **{unit: partial(repeat, unit, "") for unit in REPEATED},
    **{f"{first} then {then}": partial(repeat, first, then) for first, then in HALVES},
    "different headings": lambda n: "".join(f"# {number}\n" for number in range(n // 8)),
    "different footnotes": lambda n: "".join(
        f"[^{number}]\n\n[^{number}]: a\n\n" for number in range(n // 22)
    ),
    "different references": lambda n: "".join(
        f"[{number}] \n\n[{number}]: a\n\n" for number in range(n // 22)
    ),
    "different formatting": lambda n: (
        "".join(f"<font size={number}>" for number in range(n // 32)) + "<p>" * (n // 6)
    ),
    "different attributes": lambda n: "<p " + "".join(f"a{number}=1 " for number in range(n // 8)) + ">",
    "indented list": lambda n: (
        "".join("  " * depth + "- a\n" for depth in range(int(n**0.5))) + "\n" * (n // 2)
    ),
    "longer code spans": lambda n: "".join("a" + "`" * length for length in range(int((2 * n) ** 0.5))),
    "wide table": lambda n: "|a" * 500 + "\n" + "|-" * 500 + "\n" + "a\n" * (n // 2),
}


def seconds(content: str) -> float:
    start = time.process_time()
    with contextlib.suppress(TooSlow):
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


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize(
    "unit", ["'", '"', "\\", "(", "{", "<", "/*", "#", " ", "0", "a", "x'\\", "${", "`", "=\n", "<a "]
)
def test_no_lexer_hangs(language: str, unit: str) -> None:
    code = unit * (MAX_HIGHLIGHTED // len(unit))
    start = time.process_time()
    with contextlib.suppress(TooSlow):
        render(f"~~~{language}\n{code}\n~~~", base_url=None, trusted=False)
    assert time.process_time() - start < 2 * budget.MAX_SECONDS


def test_rendering_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_SECONDS", -1)
    with pytest.raises(TooSlow, match="takes more than -1 seconds"):
        render("a", base_url=None, trusted=False)


@pytest.mark.parametrize("opening", ["> ", "- + ", "1. "])
def test_continued_lines_in_deep_nesting_are_limited(opening: str) -> None:
    with pytest.raises(TooSlow, match="nests too many"):
        render(opening * 50_000 + "a\n" * 125_000, base_url=None, trusted=False)
    render(opening * 90 + "a\n" * 10_000, base_url=None, trusted=False)


def test_ampersands_are_limited() -> None:
    with pytest.raises(TooSlow):
        render("&" * 500_000, base_url=None, trusted=False)
    render("a & b\n\n" * 10_000, base_url=None, trusted=False)


@pytest.mark.parametrize("unit", REPEATED)
def test_counting_takes_linear_time(unit: str) -> None:
    start = time.process_time()
    measure(unit * (500_000 // len(unit)))
    assert time.process_time() - start < 3

"""Content that slow parsers need quadratic time for, in any length."""

from collections.abc import Callable
from functools import partial

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
    "<li><input type=checkbox disabled>", "<input type=checkbox disabled>",
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

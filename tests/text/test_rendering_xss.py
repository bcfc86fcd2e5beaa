"""Hostile content is harmless: another HTML parser finds nothing in the result that is not allowed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blog_api.text.rendering import render
from tests.safe_html import faults, ids
from tests.text.hostile import PAYLOADS


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_are_harmless(payload: str) -> None:
    for base_url in (None, "https://blog.example/"):
        for content in (
            payload,
            f"# {payload}",
            f"> - {payload}",
            f"|a|\n|-|\n|{payload}|",
            f"<div>\n\n{payload}",
        ):
            assert faults(render(content, base_url=base_url, trusted=False).html) == []


MARKUP = st.sampled_from(
    [
        "# ", "## a\n", "* ", "> ", "- ", "1. ", "\n", "\n\n", "    ", "```python\n", "```\n", "`", "**", "_",
        "~~", "[", "]", "](", ")", "![", "[^1]", "[^1]: ", "|a|b|\n|-|-|\n", "|", "<b>", "</b>", "<p>", "</p>",
        "<div>", "</div>", "<a href=", "<img src=x onerror=alert(1)>", "<svg>", "</svg>", "<math>", "<mtext>",
        "<mglyph>", "<style>", "</style>", "<template>", "</template>", "<noscript>", "<title>", "<textarea>",
        "<table>", "<tr>", "<td>", "</table>", "<form>", "<select>", "<option>", "<li>", "<h1 id=x>", "</h1>",
        "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "javascript:alert(1)", '"', "'", "&lt;", "&#0;",
        "&quot;", "\x00", "<div class=footnote-definition id=a>",
        "<sup class=footnote-reference><a href=#a>1</a>", "<sup class=footnote-definition-label>1</sup>",
        "<button>", "<object>", "<caption>", "<ruby><rt>", "http://a.example/",
    ]
)  # fmt: skip
CONTENT = st.lists(MARKUP | st.text(max_size=4), max_size=30).map("".join)


@settings(deadline=None)
@given(CONTENT, st.sampled_from([None, "https://blog.example/a/"]), st.booleans())
def test_anything_is_harmless_and_the_same_each_time(
    content: str, base_url: str | None, trusted: bool
) -> None:
    rendered = render(content, base_url=base_url, trusted=trusted)
    assert faults(rendered.html) == []
    assert render(content, base_url=base_url, trusted=trusted) == rendered
    assert [entry["id"] for entry in rendered.toc] == ids(rendered.html, "h[1-6]")
    assert len(set(ids(rendered.html))) == len(ids(rendered.html))

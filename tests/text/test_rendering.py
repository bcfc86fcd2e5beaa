import pytest

from blog_api.text.rendering import render


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>\n"),
        ("<script>alert(1)</script>", "\n"),
    ],
)
def test_markdown_becomes_html(content: str, html: str) -> None:
    assert render(content, base_url=None, trusted=True).html.strip() == html.strip()

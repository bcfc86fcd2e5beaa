"""Any text is read as a document or raises Refused."""

import contextlib
from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from blog_api.text.documents import read_profile
from blog_api.text.issues import Refused
from blog_api.text.markdown_files import Site, read_document
from blog_api.text.paths import canonical_path
from blog_api.text.permalinks import Permalinks

keys = st.sampled_from(
    [
        "title",
        "name",
        "slug",
        "date",
        "summary",
        "author",
        "tags",
        "category",
        "draft",
        "taxonomies",
        "path",
        "build",
        "published",
        "hidden",
        "aliases",
        "redirect_from",
        "permalink",
        "url",
        "status",
        "categories",
        "excerpt_separator",
    ]
)
signs = st.sampled_from(
    [
        *"~a'\"[]{}?-#%=|0é\n\x85\u2028\ufeff\x00",
        ": ",
        ", ",
        "\n  ",
        "\n- ",
        "&a ",
        "*a",
        "!!int ",
        "/",
        "/../",
        "%",
    ]
)
words = st.sampled_from(
    ["<!-- more -->", "/:year/:title/", "true", "10:00", "2014-05-16", "<<: ", "[[a]]\n", "\\U"]
)
values = st.lists(signs | words, max_size=6).map("".join)
lines = st.tuples(keys, st.sampled_from([": ", " = "]), values).map("".join)
matters = st.tuples(st.sampled_from(["---", "+++"]), st.lists(lines), st.text()).map(
    lambda parts: "\n".join([parts[0], *parts[1], parts[0], parts[2]])
)
paths = st.text() | st.sampled_from(
    [
        *("2014-05-16-a.md", "2014-99-16-a.md", "2014/05/16/a.md", "a/index.md", "_drafts/a.md", "a.mdx"),
        *("de/a.html", "a/index.de.md", "B/_posts/2014-05-16-A.b.md"),
    ]
)


SITE = Site(
    permalink="/:categories/:year/:title/",
    section_as_tag=True,
    languages=frozenset(("de",)),
    translations=frozenset(("de/a.html", "a/index.de.md")),
    permalinks=Permalinks("https://example.com/{year}/{slug}/", None, None, UTC, None, ""),
)


@given(st.text() | matters, paths)
def test_any_text_is_a_post_or_an_error_with_a_line(text: str, path: str) -> None:
    try:
        post = read_document(text, path, SITE)
    except Refused as refusal:
        problem = refusal
    else:
        assert post.title == post.title.strip() != ""
        assert post.slug
        assert post.date is None or post.date.tzinfo is UTC
        assert all(canonical_path(alias) == alias for alias in post.aliases)
        assert all(1 <= note.line <= count_lines(text) for note in post.notes)
        return
    assert problem.detail
    assert 1 <= problem.line <= count_lines(text)


def count_lines(text: str) -> int:
    return len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


@given(st.text() | matters, paths)
def test_any_text_is_a_profile_or_an_error(text: str, path: str) -> None:
    with contextlib.suppress(Refused):
        assert read_profile(text, path).display_name

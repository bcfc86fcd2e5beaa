"""Languages, tags and code in the names and folders of files."""

import pytest

from blog_api.text.documents import Document
from blog_api.text.file_names import find_languages, find_translations, read_file_name
from blog_api.text.markdown_files import Site, read_document


def document(path: str, *lines: str, content: str = "Body", site: Site = Site()) -> Document:  # noqa: B008 (immutable)
    return read_document("\n".join(["---", "title: Hello", *lines, "---", content]), path, site)


@pytest.mark.parametrize(
    ("path", "name", "language"),
    [
        ("a/hello.md", "hello", None),
        ("a/hello.de.md", "hello", "de"),
        ("a/hello.pt-br.md", "hello", "pt-BR"),
        ("a/hello.zh-Hant.md", "hello", "zh-Hant"),
        ("a/hello/index.de.md", "hello", "de"),
        ("a/hello/index.so.md", "hello", "so"),
        ("a/hello/index.md", "hello", None),
        ("a/socket.io.md", "socket.io", None),
        ("a/main.ts.md", "main.ts", None),
        ("a/node.js.md", "node.js", None),
        ("a/v1.2.md", "v1.2", None),
        ("a/de.md", "de", None),
        (".de.md", ".de", None),
    ],
)
def test_a_file_name_can_end_with_a_language(path: str, name: str, language: str | None) -> None:
    assert read_file_name(path)[:2] == (name, language)


def test_the_language_of_the_file_name_is_a_member_and_not_in_the_slug() -> None:
    post = document("2020-01-02-hello.de.md")
    assert (post.slug, post.members, post.aliases) == ("hello", {"language": "de"}, ())
    assert post.date is not None
    assert document("hello.de.md", "lang: fr").members == {}
    assert document("socket.io.md").slug == "socket-io"


def test_a_single_folder_is_not_a_language() -> None:
    assert find_languages(["de", "en", "posts"]) == {"de", "en"}
    assert find_languages(["it", "posts"]) == frozenset()
    site = Site(languages=frozenset(("de", "en")))
    assert document("de/posts/hello.md", site=site).members == {"language": "de"}
    assert document("posts/hello.md", site=site).members == {}


def test_translations_have_slugs_of_their_own() -> None:
    paths = [
        "a.fr.md",
        "a.de.md",
        "a.md",
        "b/index.de.md",
        "b/index.fr.md",
        "c.de.md",
        "socket.io.md",
        "socket.md",
    ]
    translations = find_translations(paths, frozenset())
    assert translations == {"a.de.md", "a.fr.md", "b/index.fr.md"}
    languages = frozenset(("de", "en"))
    assert find_translations(["de/a.md", "en/a.md", "de/b.md", "c.md"], languages) == {"en/a.md"}
    assert find_translations(["a.md", "b.md"], frozenset()) == frozenset()
    site = Site(translations=translations)
    post = document("a.de.md", site=site)
    assert (post.slug, post.members) == ("a-de", {"language": "de"})
    detail = "the page in another language has the slug a, so this one is a-de"
    assert post.notes == (("slug_with_language", detail, 1),)
    assert document("a.de.md", "slug: x", site=site).slug == "x"


@pytest.mark.parametrize(
    ("path", "section_as_tag", "tags"),
    [
        ("news/_posts/2020-01-01-x.md", False, ("a", "news")),
        ("news/Open Data/_posts/2020-01-01-x.md", False, ("a", "news", "Open Data")),
        ("news/_drafts/x.md", False, ("a", "news")),
        ("_posts/2020-01-01-x.md", False, ("a",)),
        ("news/x.md", False, ("a",)),
        ("news/2020/x.md", True, ("a", "news")),
        ("news/_posts/2020-01-01-x.md", True, ("a", "news")),
        ("x.md", True, ("a",)),
        ("_posts/x.md", True, ("a",)),
        ("A/x.md", True, ("a",)),
    ],
)
def test_folders_can_be_tags(path: str, section_as_tag: bool, tags: tuple[str, ...]) -> None:
    assert document(path, "tags: [a]", site=Site(section_as_tag=section_as_tag)).tags == tags


def test_imports_and_exports_of_mdx_are_left_out_with_notes() -> None:
    content = """import A from "./a"
import {
  b,

  c
} from "./b"
export const x = { y: 1 }

Some text to
import.

```js
import d from "d"
```

export default A

The end."""
    post = document("hello.mdx", content=content)
    assert post.content == 'Some text to\nimport.\n\n```js\nimport d from "d"\n```\n\n\nThe end.'
    assert [(note.code, note.line) for note in post.notes] == [
        ("code_removed", line) for line in (4, 5, 10, 19)
    ]
    assert post.line == 12
    assert document("hello.md", content=content).content == content

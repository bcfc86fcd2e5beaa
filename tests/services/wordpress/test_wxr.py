"""Reading exports of WordPress, well-formed and hostile ones."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from pathlib import Path

import pytest

from blog_api.services.importing.wordpress.nodes import MAX_TEXT
from blog_api.services.importing.wordpress.wxr import read_wxr
from blog_api.text.issues import Code, Refused
from tests.services.wordpress.exports import export, item, read_site

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "wordpress"
BOMB = "<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]>\n"
EXTERNAL = "<!DOCTYPE a [\n<!ENTITY a SYSTEM 'file:///etc/passwd'>]>\n"


def read(data):
    """Return the titles that are read, and the error, if there is one."""
    titles: list[str] = []
    try:
        titles.extend(node.get("title") for node in read_wxr(io.BytesIO(data)) if node.name == "item")
    except Refused as error:
        return titles, error
    return titles, None


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_all_versions_are_read(version):
    assert read(export(item(1), item(2), version=version).encode()) == (["Post 1", "Post 2"], None)


def test_namespaces_can_have_other_prefixes():
    text = export(item(1, content="Text."))
    for usual, other in (("wp", "w"), ("content", "c")):
        text = text.replace(f"{usual}:", f"{other}:").replace(f"xmlns:{usual}=", f"xmlns:{other}=")
    (node,) = [node for node in read_wxr(io.BytesIO(text.encode())) if node.name == "item"]
    assert (node.get("wp:post_id"), node.get("content:encoded"), node.line) == ("1", "Text.", 8)


@pytest.mark.parametrize("encoding", ["UTF-8", "windows-1252", "Shift_JIS", "UTF-16"])
def test_the_declared_encoding_is_used(encoding):
    title = "日本" if encoding in ("Shift_JIS", "UTF-16") else "ä"
    assert read(export(item(1, title=title), encoding=encoding).encode(encoding)) == ([title], None)


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (export(item(1), doctype=BOMB).encode(), Code.XML_INVALID, 2),
        (export(item(1), doctype=EXTERNAL).encode(), Code.XML_INVALID, 2),
        (export(item(1), encoding="klingon").encode(), Code.XML_INVALID, 1),
        (b"", Code.NOT_AN_EXPORT, 1),
        (
            b"<rss><channel><title>A</title>\n<item><title>B</title></item></channel></rss>",
            Code.NOT_AN_EXPORT,
            2,
        ),
        (b"<html></html>", Code.NOT_AN_EXPORT, 1),
        (gzip.compress(export().encode()), Code.NOT_AN_EXPORT, 1),
        (b"Hello", Code.XML_INVALID, 1),
    ],
)
def test_other_files_are_refused(data, code, line):
    titles, error = read(data)
    assert (titles, error.code, error.line) == ([], code, line)


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (b"<item><title>Two", 15),
        (b"<item><title>\xff</title></item>", 11),
        (b"<item><title>\0</title></item>", 11),
        (b"<item><title>&nbsp;</title></item>", 11),
        (b"<item>\n</title></item>", 12),
    ],
)
def test_broken_xml_is_refused_with_its_line_and_the_items_before_are_kept(broken, line):
    before, after = export(item(1), "SECOND", item(3)).encode().split(b"SECOND")
    titles, error = read(before + broken + after)
    assert (titles, error.code, error.line) == (["Post 1"], Code.XML_INVALID, line)


@pytest.mark.parametrize(
    "part",
    [
        "<a>" * 200,
        "".join(f"<a{number}/>" for number in range(10_001)),
        f"<!-- {'a' * 2_000_000} -->",
        f"<a b='{'c' * 2_000_000}'/>",
    ],
    ids=["nested", "names", "comment", "attribute"],
)
def test_xml_that_would_exhaust_memory_is_refused(part):
    titles, error = read(export(item(1), part).encode())
    assert (titles, error.code, error.line) == (["Post 1"], Code.XML_INVALID, 11)


def test_control_characters_that_wordpress_exports_are_removed():
    assert read(export(item(1, title="A\x0b\x1bB")).encode()) == (["AB"], None)


def test_a_huge_text_is_cut_without_filling_the_memory():
    data = export(item(1, title="x" * (3 * MAX_TEXT)), item(2)).encode()
    tracemalloc.start()
    nodes = [node for node in read_wxr(io.BytesIO(data)) if node.name == "item"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [any(child.is_cut for child in node.children) for node in nodes] == [True, False]
    assert peak < 3 * MAX_TEXT


def test_the_first_pass_reads_up_to_an_error():
    site = read_site(export(item(1), item(2)).replace("<title>Post 2", "<title>Post 2<"))
    assert site.find_address("https://www.blog.example/2020/post-1#top") == "/2020/post-1/#top"
    assert site.find_address("https://blog.example/?p=1") == "/2020/post-1/"
    assert site.find_address("https://blog.example/2020/post-2/") == ""
    assert site.find_address("https://other.example/2020/post-1/") == ""


@pytest.mark.skipif(not CORPUS.is_dir(), reason="real exports are missing: ../shared/corpora/wordpress")
def test_real_exports_are_read():
    found = {path.name: read(path.read_bytes()) for path in CORPUS.glob("*.xml")}
    assert {name: (len(titles), error) for name, (titles, error) in found.items()} == {
        "small-export.xml": (11, None),
        "valid-wxr-1.1.xml": (2, None),
        "wxr-simple.xml": (1, None),
    }

"""Keys of front matter become members of the posts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.schemas.post_writes import PostWrite
from blog_api.services.importing.members import read_members
from blog_api.text.issues import Refused
from blog_api.text.markdown_files import read_document
from tests.services.helpers import noted

DEFAULTS = {
    "kind": "post",
    "featured": False,
    "language": None,
    "image": None,
    "meta_title": None,
    "meta_description": None,
    "canonical_url": None,
    "noindex": False,
    "comments_open": True,
    "custom": {},
}
URL = "https://example.com/cat.jpg"


def read(*lines):
    """Return the members that differ from the defaults, and the codes and lines of the notes."""
    text = "\n".join(["---", "title: Hello", *lines, "---", "Body"])
    data, notes = read_members(read_document(text, "hello.md").unread)
    assert data.keys() == DEFAULTS.keys()
    changed = {name: value for name, value in data.items() if value != DEFAULTS[name]}
    return changed, [(str(note.code), note.line) for note in notes]


def image(**members):
    return {
        "image": {"url": URL, "alt": "", "caption": "", "width": None, "height": None, "variants": []}
        | members
    }


@pytest.mark.parametrize(
    ("line", "members"),
    [
        ("layout: page", {"kind": "page"}),
        ("type: Page", {"kind": "page"}),
        ("layout: post", {}),
        ("layout: gallery", {"custom": {"_layout": "gallery"}}),
        ("featured: true", {"featured": True}),
        ("pin: yes", {"featured": True}),
        ("pinned: false", {}),
        ("lang: pt_BR", {"language": "pt-BR"}),
        ("locale: EN", {"language": "en"}),
        ("lang: ''", {}),
        ("comments: false", {"comments_open": False}),
        ("comments: true", {}),
        ("comments_open: no", {"comments_open": False}),
        ("comment_status: closed", {"comments_open": False}),
        ("comments: disqus", {"custom": {"_comments": "disqus"}}),
        ("meta_title: A  title", {"meta_title": "A title"}),
        ("seo: {title: A, Description: B}", {"meta_title": "A", "meta_description": "B"}),
        ("seo_title: A", {"meta_title": "A"}),
        ("seo: {title: A, Score: 3}", {"meta_title": "A", "custom": {"_seo": {"Score": 3}}}),
        ("canonicalUrl: https://example.com/a b/ö", {"canonical_url": "https://example.com/a%20b/%C3%B6"}),
        ("canonical: https://example.com/", {"canonical_url": "https://example.com/"}),
        ("noindex: true", {"noindex": True}),
        ("robotsNoIndex: true", {"noindex": True}),
        ("robots: noindex, follow", {"noindex": True}),
        ("robots: index, follow", {"custom": {"_robots": "index, follow"}}),
        ("Weight: 3", {"custom": {"_Weight": 3}}),
        ("description: A\nsummary: B", {"meta_description": "A"}),
        ("description: A\nseo_description: B", {"meta_description": "B", "custom": {"_description": "A"}}),
        ("description: A", {"meta_description": "A"}),
        ("summary: A\ndeck: B", {"custom": {"_deck": "B"}}),
        ("empty: []\nmissing: ~\nblank: ''", {}),
        ("taxonomies: {tags: [a], series: [b]}", {"custom": {"_taxonomies": {"series": ["b"]}}}),
        ("extra: {featured: true, toc: true}", {"featured": True, "custom": {"_extra": {"toc": True}}}),
        ("params: {lang: de}", {"language": "de"}),
        ("date: 2020-01-01\ntags: [a]\naliases: [/a]\nuid: x\ndraft: true", {}),
    ],
)
def test_keys_fill_members(line, members):
    assert read(line) == (members, [])


@pytest.mark.parametrize(
    ("line", "members"),
    [
        (f"image: {URL}", image()),
        (f"coverImage: ' {URL} '", image()),
        (f"header: {{og_image: '{URL}'}}", image()),
        (f"images: ['{URL}']", image()),
        (f"images: ['{URL}', b.png]", image() | {"custom": {"_images": ["b.png"]}}),
        ("image: https://example.com/a b.jpg", image(url="https://example.com/a%20b.jpg")),
        (f"image: {{path: '{URL}', alt: A, width: 3, height: '4'}}", image(alt="A", width=3, height=4)),
        (
            f"cover: {{image: '{URL}', caption: A, relative: false}}",
            image(caption="A") | {"custom": {"_cover": {"relative": False}}},
        ),
        (f"cover: {URL}\ncover_alt: A\nimageCaption: B", image(alt="A", caption="B")),
        (f"image: {{src: '{URL}', alt: A}}\nimage_alt: B", image(alt="A") | {"custom": {"_image_alt": "B"}}),
        (f"image: {URL}\nthumbnail: t.png", image() | {"custom": {"_thumbnail": "t.png"}}),
    ],
)
def test_an_image_is_read_from_a_url_a_mapping_or_a_list(line, members):
    assert read(line) == (members, [])


@pytest.mark.parametrize(
    ("line", "members", "code"),
    [
        ("featured: maybe", {"custom": {"_featured": "maybe"}}, "value_skipped"),
        ("featured: [a]", {"custom": {"_featured": ["a"]}}, "value_skipped"),
        ("lang: English language", {"custom": {"_lang": "English language"}}, "value_skipped"),
        (f"meta_title: {'a' * 201}", {"meta_title": "a" * 199 + "…"}, "value_shortened"),
        (f"description: {'a ' * 300}", {"meta_description": "a " * 249 + "a…"}, "value_shortened"),
        ('meta_title: "a\\0b"', {"custom": {"_meta_title": "a\0b"}}, "value_skipped"),
        ("canonical: /a", {"custom": {"_canonical": "/a"}}, "value_skipped"),
        ("noindex: 5", {"custom": {"_noindex": 5}}, "value_skipped"),
        ("robots: {index: false}", {"custom": {"_robots": {"index": False}}}, "value_skipped"),
        ("image: /a.jpg", {"custom": {"_image": "/a.jpg"}}, "image_not_absolute"),
        ("image: //example.com/a", {"custom": {"_image": "//example.com/a"}}, "image_not_absolute"),
        ("image: {alt: A}", {"custom": {"_image": {"alt": "A"}}}, "image_not_absolute"),
        ("image: [[a]]", {"custom": {"_image": [["a"]]}}, "image_not_absolute"),
        ("image: https://ö.de/a", {"custom": {"_image": "https://ö.de/a"}}, "value_skipped"),
        (
            f"image: {{url: '{URL}', width: wide, alt: A}}",
            image(alt="A") | {"custom": {"_image": {"width": "wide"}}},
            "value_skipped",
        ),
    ],
)
def test_invalid_values_are_skipped_with_a_note(line, members, code):
    assert read("weight: ~", line) == (members, [(code, 4)])


def test_the_next_key_is_read_after_an_invalid_one():
    assert read("lang: '?'", "locale: de", "image: a.png", f"thumbnail: {URL}") == (
        image() | {"language": "de", "custom": {"_lang": "?", "_image": "a.png"}},
        [("value_skipped", 3), ("image_not_absolute", 5)],
    )


def test_metadata_has_at_most_16_kb():
    fits = "b" * (16 * 1024 - len('{"_a":"","_c":3}'))
    assert read(f"a: {fits}", "c: 3") == ({"custom": {"_a": fits, "_c": 3}}, [])
    assert read(f"a: {fits}b", "c: 3") == ({"custom": {"_a": f"{fits}b"}}, [("metadata_too_large", 4)])
    assert read(f"a: {'ö' * 10_000}", "c: 3") == ({"custom": {"_c": 3}}, [("metadata_too_large", 3)])


KEYS = st.sampled_from(
    [
        *(
            "featured",
            "pin",
            "lang",
            "image",
            "cover",
            "image_alt",
            "images",
            "canonical",
            "noindex",
            "robots",
        ),
        *("seo", "extra", "params", "meta_title", "layout", "type", "weight", "Other", "taxonomies"),
    ]
)
SCALARS = st.text(max_size=5) | st.sampled_from(["true", URL, "/a.png", "1", "page", "en", "noindex", ""])
VALUES = st.none() | SCALARS | st.integers() | st.floats() | st.booleans()
NESTED = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.just("url") | SCALARS, inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(KEYS, NESTED, max_size=5))
def test_any_values_give_valid_members(values):
    # JSON is YAML.
    text = f"---\n{json.dumps({'title': 'Hello', **values}, ensure_ascii=False)}\n---\n"
    try:
        document = read_document(text, "a.md")
    except Refused:
        # Control characters, duplicate keys, or a taxonomy that is not a name.
        return
    data, notes = read_members(document.unread)
    written = {"metadata" if name == "custom" else name: value for name, value in data.items()}
    assert PostWrite().load(written) == data
    assert all(note.detail and note.line >= 1 for note in notes)


FILE = "---\ntitle: A\ndate: 2020-05-01\n{}\n---\nText.\n"


def test_members_follow_the_file(run, write, client, people):
    lines = f"featured: true\nlang: de\ncover: {URL}\nmeta_title: B\nnoindex: true\nweight: 3"
    for line in (lines, "weight: [4]\nlang: en", ""):
        write("a.md", FILE.format(line))
        report = run()
        assert (report.entries, report.created + report.updated) == ([], 1)
        post = client.get("/api/v1/posts/slug/a").json
        shown = {name: post[name] for name in ("featured", "language", "image", "meta_title", "noindex")}
        expected, _ = read(*line.split("\n"))
        assert shown == {name: expected.get(name, DEFAULTS[name]) for name in shown}
        assert post["metadata"] == {}
        edited = people("editor").get(f"/posts/{post['id']}").json
        assert edited["metadata"] == expected.get("custom", {})
    assert run().unchanged == 1


def test_a_page_is_imported_as_a_page(run, write, client):
    write("about.md", FILE.format("layout: page"))
    assert run().created == 1
    assert [post["kind"] for post in client.get("/api/v1/posts?kind=page").json["data"]] == ["page"]


@pytest.mark.parametrize("dry_run", [True, False])
def test_skipped_values_are_in_the_report(run, write, dry_run):
    write("a.md", FILE.format("image: a.png\nlang: '?'"))
    report = run(dry_run=dry_run)
    assert (report.created, report.counts["refused"]) == (1, 0)
    assert noted(report, "image_not_absolute") == [
        ("a.md", "image has no absolute http or https URL, so it is kept in the metadata")
    ]
    reason = "This must be a language tag such as en or pt-BR"
    assert noted(report, "value_skipped") == [
        ("a.md", f"lang is not a valid language ({reason}), so it is kept in the metadata")
    ]


def test_a_post_edited_in_the_blog_keeps_its_members(run, write, people):
    write("a.md", FILE.format("lang: de\nweight: 3"))
    run()
    editor = people("editor")
    post = editor.get("/posts/slug/a").json
    assert editor.patch(f"/posts/{post['id']}", json={"language": "fr"}).status_code == 200
    write("a.md", FILE.format("lang: en\nweight: 4"))
    assert len(noted(run(), "edited_in_blog")) == 1
    kept = editor.get("/posts/slug/a").json
    assert (kept["language"], kept["metadata"]) == ("fr", {"_weight": 3})

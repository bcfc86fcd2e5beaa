"""Read a real blog of about 2,300 posts and 1,000 authors."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from blog_api.text.documents import Document, Profile, read_profile
from blog_api.text.file_names import is_section
from blog_api.text.issues import Refused
from blog_api.text.markdown_files import read_document

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "digitalgov"

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the posts of digital.gov are missing: ../shared/corpora/digitalgov"
)


def files(folder: str) -> dict[str, str]:
    found = sorted((CORPUS / folder).rglob("*.md"))
    return {str(file.relative_to(CORPUS)): file.read_bytes().decode() for file in found}


@cache
def read_posts(folder: str) -> tuple[dict[str, Document], dict[str, str]]:
    posts, refusals = {}, {}
    for path, text in files(folder).items():
        if is_section(path):
            continue
        try:
            posts[path] = read_document(text, path)
        except Refused as error:
            refusals[path] = str(error)
    return posts, refusals


def read_authors() -> dict[str, Profile]:
    profiles = [read_profile(text, path) for path, text in files("authors").items()]
    return {profile.slug: profile for profile in profiles}


def test_all_news_is_read() -> None:
    posts, refusals = read_posts("news")
    assert refusals == {}
    assert len(posts) == 2083
    assert {path: post.title for path, post in posts.items() if post.notes} == {
        "news/2018/09/2018-09-24-example.md": "Example"
    }
    assert all(post.date for post in posts.values())
    assert [path for path, post in posts.items() if post.status == "draft"] == [
        "news/2019/12/2019-12-04-typography.md"
    ]
    assert sum(not post.content for post in posts.values()) == 270
    assert sorted(
        slug for slug, count in Counter(post.slug for post in posts.values()).items() if count > 1
    ) == [
        "another-example",
        "finding-post-award-balance-with-quality-assurance",
        "infrastructure-as-a-public-service",
    ]


def test_all_resources_are_read() -> None:
    posts, refusals = read_posts("resources")
    assert refusals == {}
    assert len(posts) == 227
    assert [path for path, post in posts.items() if post.date is None] == [
        "resources/18f-accessibility-guide.md",
        "resources/accessibility-for-teams.md",
        "resources/omb-circular-a-130.md",
        "resources/omb-m-17-06.md",
        "resources/tips-for-starting-your-customer-experience.md",
        "resources/uswds-maturity-model.md",
        "resources/web-accessibility-guidelines.md",
    ]
    assert [path for path, post in posts.items() if post.status == "draft"] == ["resources/kitchen-sink.md"]


def test_only_the_section_page_is_not_a_post() -> None:
    for folder in ("news", "resources"):
        assert [path for path in files(folder) if is_section(path)] == [f"{folder}/_index.md"]


def test_every_author_has_a_profile_except_one_given_by_name() -> None:
    profiles = read_authors()
    posts = [*read_posts("news")[0].values(), *read_posts("resources")[0].values()]
    named = {author for post in posts for author in post.authors}
    assert len(profiles) == 1044
    assert named - set(profiles) == {"Rachel Flagg"}
    assert "Rachel Flagg" in {profile.display_name for profile in profiles.values()}


def test_a_post_is_read_from_its_file() -> None:
    path = "news/2019/04/2019-04-04-web-analytics-why-users-metric-just-got-more-complicated.md"
    post = read_posts("news")[0][path]
    assert post.title == "Web Analytics: Why the Users Metric Just Got More Complicated"
    assert post.slug == "web-analytics-why-users-metric-just-got-more-complicated"
    assert post.date is not None
    assert post.date.isoformat() == "2019-04-04T18:51:00+00:00"
    assert (post.authors, post.tags, post.status) == (("tlowden",), ("analytics",), "published")
    assert post.content.startswith("Making sense of web analytics data")

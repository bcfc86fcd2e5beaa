"""The Markdown files of an export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from blog_api.crud.exports.accounts import read_users
from blog_api.services.exporting.posts import Row, with_images
from blog_api.text.exports.writing import write_post, write_profile

# The folders of posts. Those in the trash are apart, so that no site generator shows them.
POSTS, PAGES, TRASH, AUTHORS = "posts", "pages", "trash", "authors"


def author_files() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of a file for each account that has posts or uploads."""
    for user in with_images(read_users(only_authors=True)):
        yield f"{AUTHORS}/{user['username']}.md", write_profile(user)


def post_files(posts: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of a file for each post."""
    trashed = Counter[str]()
    for post in posts:
        slug = post["slug"]
        if post["deleted_at"] is None:
            yield f"{PAGES if post['kind'] == 'page' else POSTS}/{slug}.md", write_post(post)
            continue
        # Only a post in the trash can have the slug of another one.
        trashed[slug] += 1
        number = f"~{trashed[slug]}" if trashed[slug] > 1 else ""
        yield f"{TRASH}/{slug}{number}.md", write_post(post)

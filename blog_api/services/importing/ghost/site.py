"""Everything in an export besides the posts: authors, tags, and what belongs to which post."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from blog_api.crud.imported_tags import TagDetails
from blog_api.services.importing.ghost.addresses import Addresses
from blog_api.services.importing.ghost.rows import Row
from blog_api.text.documents import Profile
from blog_api.text.folding import fold, fold_tag
from blog_api.text.html_links import FindAddress


class Tag(NamedTuple):
    """A tag. Readers do not see internal ones."""

    name: str
    details: TagDetails
    is_internal: bool


@dataclass(slots=True)
class Site:
    """The authors, tags and roles by id, and what belongs to posts, by their ids.

    `posts` has only the columns on which their addresses depend. `left_out` counts the rows of the tables that are not
    read. With `with_roles`, the authors get their roles.
    """

    addresses: Addresses
    with_roles: bool = False
    posts: list[Row] = field(default_factory=list)
    find_address: FindAddress = lambda _address: ""
    authors: dict[str, Profile] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    permalinks: str = ""
    roles: dict[str, str] = field(default_factory=dict)
    roles_of: dict[str, str] = field(default_factory=dict)
    tag_keys: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    author_keys: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    meta: dict[str, dict[str, object]] = field(default_factory=dict)

    def tags_of(self, post: Row) -> list[Tag]:
        """Return the tags of a post in order."""
        keys = sorted(self.tag_keys.get(post.key("id"), ()), key=lambda found: found[0])
        return [self.tags[key] for _, key in keys if key in self.tags]

    def authors_of(self, post: Row) -> list[str]:
        """Return the ids of the authors of a post, the first one first. The export can lack some of them."""
        keys = sorted(self.author_keys.get(post.key("id"), ()), key=lambda found: found[0])
        return list(dict.fromkeys([key for _, key in keys] or filter(None, [post.key("author_id")])))

    def meta_of(self, post: Row) -> Row:
        """Return the texts for search engines and social networks, wherever this version of Ghost stores them."""
        return Row("posts_meta", post.values | self.meta.get(post.key("id"), {}))

    @property
    def profiles(self) -> dict[str, Profile]:
        """The authors by their folded slugs, which become usernames."""
        return {fold(profile.slug): profile for profile in self.authors.values()}

    @property
    def tag_details(self) -> dict[str, TagDetails]:
        """The slugs and descriptions of tags by folded name."""
        return {fold_tag(tag.name): tag.details for tag in self.tags.values() if not tag.is_internal}

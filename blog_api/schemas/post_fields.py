"""The names of the fields of posts, and their limits."""

KINDS = ("post", "page")
STATUSES = ("draft", "pending", "scheduled", "published", "archived")
MAX_TAGS = 50
MAX_CO_AUTHORS = 50
MAX_ALIASES = 20
MAX_CONTENT = 500_000
MAX_META_TITLE, MAX_META_DESCRIPTION = 200, 500
# Of rendered content: escaping and highlighting make it longer than the Markdown.
MAX_HTML, MAX_HEADING = 10_000_000, 200
# The fields of a post, in output order.
FIELDS = (
    "id",
    "slug",
    "url",
    "title",
    "summary",
    "content",
    "status",
    "published_at",
    "created_at",
    "updated_at",
    "author",
    "authors",
    "tags",
    "aliases",
    "kind",
    "featured",
    "language",
    "image",
    "reading_minutes",
    "word_count",
    "meta_title",
    "meta_description",
    "canonical_url",
    "noindex",
    "metadata",
    "comments_open",
    "comments_close_at",
    "comment_count",
    "like_count",
)
# Those that are long or rarely needed, so a list has them only if the request asks for them.
DETAIL_FIELDS = frozenset(
    (
        "content",
        "aliases",
        "word_count",
        "meta_title",
        "meta_description",
        "canonical_url",
        "noindex",
        "metadata",
        "comments_open",
        "comments_close_at",
        "comment_count",
        "like_count",
    )
)
# Those that readers change. Lists with them are never cached.
ACTIVITY_FIELDS = frozenset(("comment_count", "like_count"))
# Those that even a single post has only if the request asks for them.
RENDERED_FIELDS = ("html", "toc")
# The fields that a request can select, of a single post and of a list.
SELECTABLE_FIELDS = (*FIELDS, *RENDERED_FIELDS)
LIST_FIELDS = (*SELECTABLE_FIELDS, "excerpt")

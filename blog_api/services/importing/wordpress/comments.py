"""Read the comments on a post in an export. Addresses of commenters are not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import islice

from blog_api.schemas.comments import MAX_DEPTH
from blog_api.services.importing.wordpress.content import comment_to_markdown
from blog_api.services.importing.wordpress.nodes import Node
from blog_api.services.importing.wordpress.values import read_date, to_line
from blog_api.text.bylines import public_name
from blog_api.text.documents import DocumentComment
from blog_api.text.issues import Code, Tally
from blog_api.text.rendering import MAX_COMMENT

# Comments on a post in the trash are `post-trashed`.
_STATUSES = {"1": "approved", "0": "pending", "spam": "spam", "post-trashed": "pending"}
_TYPES = ("", "comment", "review")
# In characters of HTML, which can be longer than the Markdown.
_MAX_HTML = 8 * MAX_COMMENT
_ELLIPSIS = " …"


@dataclass(slots=True)
class Thread:
    """The comments on a post, in the order of the export, and what to count in the report."""

    comments: list[DocumentComment] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)

    def count(self, code: Code, detail: str, line: int) -> None:
        """Add something to count."""
        self.tallies.append(Tally(code, detail, line))


def read_comments(item: Node, logins: Mapping[str, str], zone: tzinfo) -> Thread:
    """Return the comments on a post. `logins` are those of the accounts in the export, by user id."""
    thread = Thread()
    nodes = {node.get("wp:comment_id"): node for node in item.all("wp:comment")}
    read = {
        uid: comment for uid, node in nodes.items() if (comment := _read(uid, node, thread, logins, zone))
    }
    above = {uid: node.get("wp:comment_parent") for uid, node in nodes.items()}
    # Replies to a comment that is not imported are on the nearest one above it.
    parents = {uid: next((each for each in _above(uid, above) if each in read), "") for uid in read}
    for uid, comment in read.items():
        if len(list(islice(_above(uid, parents), MAX_DEPTH + 1))) > MAX_DEPTH:
            detail = f"replies below level {MAX_DEPTH} move to the deepest possible level"
            thread.count(Code.COMMENT_MOVED, detail, nodes[uid].line)
        thread.comments.append(comment._replace(parent_uid=parents[uid]))
    return thread


def _read(
    uid: str, node: Node, thread: Thread, logins: Mapping[str, str], zone: tzinfo
) -> DocumentComment | None:
    kind, approved = node.get("wp:comment_type"), node.get("wp:comment_approved")
    date = read_date(node.get("wp:comment_date_gmt"), node.get("wp:comment_date"), zone)
    if kind not in _TYPES:
        thread.count(Code.COMMENT_SKIPPED, f"comments of the type {kind[:50]} are left out", node.line)
        return None
    if approved not in _STATUSES:
        thread.count(Code.COMMENT_SKIPPED, f"comments in the state {approved[:50]} are left out", node.line)
        return None
    content = _content(node, thread)
    if not content or date is None:
        thread.count(Code.COMMENT_SKIPPED, "comments without text or date are left out", node.line)
        return None
    author = logins.get(node.get("wp:comment_user_id"), "")
    name = public_name(to_line(node.get("wp:comment_author")))
    return DocumentComment(uid, "", name, author, content, _STATUSES[approved], date)


def _content(node: Node, thread: Thread) -> str:
    """Return the Markdown, shortened to the limit of comments."""
    html = node.get("wp:comment_content")
    content = comment_to_markdown(html[:_MAX_HTML])
    if len(html) > _MAX_HTML or len(content) > MAX_COMMENT:
        content = content[: MAX_COMMENT - len(_ELLIPSIS)].rstrip("\\ \n") + _ELLIPSIS
        detail = f"comments of more than {MAX_COMMENT:,} characters are shortened"
        thread.count(Code.COMMENT_SHORTENED, detail, node.line)
    return content


def _above(uid: str, parents: Mapping[str, str]) -> Iterator[str]:
    """Yield the parent of a comment, its parent, and so on. Stops before a circle repeats."""
    seen = {uid}
    while (uid := parents.get(uid, "")) and uid not in seen:
        seen.add(uid)
        yield uid

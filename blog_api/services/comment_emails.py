"""The emails about comments."""

from __future__ import annotations

import textwrap

from blog_api.auth.unsubscribing import create_unsubscribe_token
from blog_api.context import exchange
from blog_api.crud.comments.notices import read_notice
from blog_api.crud.comments.threads import DELETED_USER
from blog_api.mail.delivery import Email
from blog_api.paging.pages import AnyRow
from blog_api.text.permalinks import Permalinks

# Characters of the comment in a mail.
MAX_QUOTED = 2000

TEXT = """\
Hello {username},

{event} "{title}":

{quoted}

{address}To get no more mail about comments, open this page:

{page}
"""
_SUBJECTS = {"comment": "New comment on {title}", "reply": "Reply to your comment on {title}"}
_EVENTS = {
    "comment": "{author} has commented on your post",
    "reply": "{author} has replied to your comment on",
}


def compose_notice(message: AnyRow) -> Email | None:
    """Return the email about a new comment or reply, or None if it is obsolete or there is no PUBLIC_URL."""
    permalinks: Permalinks | None = exchange.permalinks
    notice = read_notice(message.comment_id, message.user_id)
    if notice is None or permalinks is None or permalinks.public_url is None:
        return None
    token = create_unsubscribe_token(message.user_id)
    page = f"{permalinks.public_url}/unsubscribe/{token}"
    address = permalinks.post_url(notice.id, notice.slug, notice.published_at)
    text = TEXT.format(
        username=notice.username,
        event=_EVENTS[message.kind].format(author=_author_of(notice)),
        title=notice.title,
        quoted=_quote(notice.content),
        address=f"{address}\n\n" if address else "",
        page=page,
    )
    subject = _SUBJECTS[message.kind].format(title=notice.title)
    return Email(notice.email, subject, text, token, page)


def _author_of(notice: AnyRow) -> str:
    name: str = notice.display_name or notice.guest_name or DELETED_USER
    return name


def _quote(content: str) -> str:
    shown = content if len(content) <= MAX_QUOTED else f"{content[:MAX_QUOTED]}..."
    return textwrap.indent(shown, "> ", lambda _line: True)

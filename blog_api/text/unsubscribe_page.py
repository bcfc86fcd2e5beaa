"""The page on which a user ends mail about comments."""

from __future__ import annotations

from html import escape

# Nothing is loaded, and the form is sent to the page itself.
POLICY = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

_QUESTION = (
    "<p>Do you want to stop mail about comments on your posts and replies to your comments?</p>"
    '<form method="post"><button>Unsubscribe</button></form>'
)
_ANSWER = "<p>You will no longer get mail about comments. You can turn it on again in the settings of your account.</p>"


def unsubscribe_page(site_title: str, *, is_done: bool) -> str:
    """Return the page with a button, or the one that confirms the click."""
    title = escape(f"{site_title}: mail about comments")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{title}</title></head><body><h1>{title}</h1>{_ANSWER if is_done else _QUESTION}</body></html>"
    )

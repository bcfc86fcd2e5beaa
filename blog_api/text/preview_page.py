"""The page that shows a preview in a browser."""

from __future__ import annotations

import base64
import hashlib
from html import escape

_STYLE = (
    "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1.1rem/1.6 system-ui,sans-serif;overflow-wrap:anywhere}"
    "img{max-width:100%;height:auto}pre{overflow:auto}"
    "table{border-collapse:collapse}td,th{border:1px solid;padding:.3rem}"
)
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# A sandbox: no scripts, no forms, and an origin of its own.
POLICY = (
    "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    f"img-src http: https:; style-src 'sha256-{_DIGEST}'"
)


def preview_page(title: str, html: str, language: str) -> str:
    """Return a page with the title and the rendered content of a post, which must be safe HTML."""
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>\n{html}</body></html>"
    )

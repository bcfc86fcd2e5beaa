"""The methods of HTTP that we speak of."""

from __future__ import annotations

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Those of a view that change nothing (RFC 9110, 9.2.1); OPTIONS, which is safe too, is answered before any view.
SAFE_METHODS = ("GET", "HEAD")

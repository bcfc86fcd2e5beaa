"""Let shared caches, such as a CDN, keep public responses, and name what they show so that they can be purged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app
from marshmallow import Schema

from blog_api.paging.pages import Page
from blog_api.schemas.surrogate_keys import compile_keys, kind_of

# Serve a stale response for this long while the service is down, in seconds.
STALE_IF_ERROR = 86400
# The longest value of a header. Proxies limit the size of all headers, by default to 4 kB in nginx.
MAX_LENGTH = 2000


class Edge:
    """The cache headers of the responses of one schema."""

    def __init__(self, schema: Schema) -> None:
        """Compile the schema. Shared caches keep its responses only if its objects have keys."""
        self.kind = kind_of(schema)
        self._keys = compile_keys(schema)

    def _keys_of(self, result: Page | dict[str, Any]) -> Iterable[str]:
        """Return the keys of the objects in a response, without duplicates and in order."""
        if isinstance(result, Page):
            subjects = result.subjects() if result.subjects else {f"{self.kind}s", "posts"}
            return dict.fromkeys([*sorted(subjects), *self._keys(result.as_dict())])
        # The counts of a tag or a user depend on posts.
        counted = () if self.kind == "post" else ("posts",)
        return dict.fromkeys([*self._keys(result), *counted])

    def headers(self, result: Page | dict[str, Any]) -> dict[str, str] | None:
        """Return the headers of a public response, or None if shared caches must not keep it."""
        if not current_app.config["EDGE_SECONDS"] or not self.kind:
            return None
        try:
            return shared_headers(self._keys_of(result))
        except KeyError:
            # A list without ids: `fields` has left them out.
            return None


def shared_headers(names: Iterable[str]) -> dict[str, str] | None:
    """Return the headers of a public response with these keys, or None if shared caches must not keep it."""
    seconds: int = current_app.config["EDGE_SECONDS"]
    keys = " ".join(names)
    if not seconds or len(keys) > MAX_LENGTH:
        return None
    return {
        "Cache-Control": f"public, max-age=0, s-maxage={seconds}, "
        f"stale-while-revalidate={seconds}, stale-if-error={STALE_IF_ERROR}",
        "Cache-Tag": keys.replace(" ", ","),
        "Surrogate-Key": keys,
    }

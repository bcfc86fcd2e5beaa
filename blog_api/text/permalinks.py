"""Where the site shows a post: its URL, made from a template with placeholders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

DATE_PLACEHOLDERS = ("{year}", "{month}", "{day}")


@dataclass(frozen=True, slots=True)
class Permalinks:
    """The template of POST_URL, if there is one, and the time zone of its dates."""

    post: str | None
    timezone: tzinfo

    def post_url(self, post_id: int, slug: str, published_at: datetime | None) -> str | None:
        """Return the URL of a post, or None without a template or without the date that it needs."""
        if self.post is None:
            return None
        values = {"id": str(post_id), "slug": slug}
        if any(placeholder in self.post for placeholder in DATE_PLACEHOLDERS):
            if published_at is None:
                return None
            local = self._local(published_at)
            values |= {"year": f"{local.year:04}", "month": f"{local.month:02}", "day": f"{local.day:02}"}
        return self.post.format_map(values)

    def _local(self, time: datetime) -> datetime:
        try:
            return time.astimezone(self.timezone)
        except OverflowError:
            # On the first or the last day that a datetime can have.
            return time

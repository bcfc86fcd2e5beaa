"""What the tests of redirects share: the URLs of the site, and requests."""

from __future__ import annotations

SITE = {
    "POST_URL": "https://example.com/{year}/{slug}/",
    "TAG_URL": "https://example.com/topics/{slug}/",
    "AUTHOR_URL": "https://example.com/@{slug}",
}
REDIRECTS = "/api/v1/redirects"


def pairs(client, **options):
    """Return the redirects that the client sees as (from, to, source)."""
    reply = client.get(REDIRECTS, **options)
    return [(found["from"], found["to"], found["source"]) for found in reply.json["data"]]


def write(person, title, **fields):
    """Publish a post in 2020."""
    return person.write(title, status="published", published_at="2020-05-01T00:00:00Z", **fields)

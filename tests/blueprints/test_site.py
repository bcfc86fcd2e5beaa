"""GET /api/v1 describes the site and lists the resources."""

from __future__ import annotations

from urllib.parse import urlsplit


def test_the_root_describes_the_site(make_client):
    client = make_client(
        SITE_TITLE="Engines",
        SITE_DESCRIPTION="Notes about engines.",
        SITE_LANGUAGE="en-GB",
        SITE_TIMEZONE="Europe/Berlin",
    )
    assert client.get("/api/v1").json["site"] == {
        "title": "Engines",
        "description": "Notes about engines.",
        "language": "en-GB",
        "timezone": "Europe/Berlin",
    }


def test_the_root_links_to_every_resource_that_needs_no_id(client):
    links = client.get("/api/v1").json["links"]
    assert links["posts"] == "/api/v1/posts"
    assert {"tags", "users", "users_me", "changes", "stats", "auth_sessions", "openapi", "docs"} <= set(links)
    for address in links.values():
        # Some need a token or a parameter.
        assert client.get(address).status_code in (200, 401, 422), address


def test_the_links_are_absolute_with_a_public_url_and_below_a_prefix_without(make_client):
    links = make_client(PUBLIC_URL="https://example.com/blog").get("/api/v1").json["links"]
    assert {urlsplit(link).netloc for link in links.values()} == {"example.com"}
    assert links["posts"] == "https://example.com/blog/api/v1/posts"
    below = make_client(SCRIPT_NAME="/blog").get("/blog/api/v1").json["links"]
    assert below["docs"] == "/blog/docs/"

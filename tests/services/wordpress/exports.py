"""Write small exports of WordPress."""

from __future__ import annotations

import io
from xml.sax.saxutils import escape

from blog_api.services.importing.wordpress.site import Site
from blog_api.services.importing.wordpress.wxr import read_wxr

SITE = "https://blog.example"
_NAMESPACES = (
    'xmlns:excerpt="http://wordpress.org/export/{0}/excerpt/" xmlns:wp="http://wordpress.org/export/{0}/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
_NAMES = {"content": "content:encoded", "excerpt": "excerpt:encoded", "creator": "dc:creator"}
_PLAIN = ("title", "link", "guid", "pubDate")


def element(name, text):
    """Return an element. `post_id` is `wp:post_id`; names of RSS and of other modules stay as they are."""
    name = name if name in _PLAIN else _NAMES.get(name, f"wp:{name}")
    return f"<{name}>{escape(str(text))}</{name}>"


def export(*parts, version="1.2", doctype="", encoding="UTF-8", site=SITE):
    """Return an export with these parts of the channel."""
    head = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n{doctype}<rss version="2.0" {_NAMESPACES.format(version)}>\n'
        f"<channel>\n<title>Blog</title>\n{element('link', site)}\n{element('wxr_version', version)}\n"
    )
    if version != "1.0":
        head += element("base_blog_url", site)
    return "\n".join([head, *parts, "</channel>\n</rss>\n"])


def author(user_id, login, name="", email=""):
    values = {"author_id": user_id, "author_login": login, "author_display_name": name, "author_email": email}
    return f"<wp:author>{''.join(element(*value) for value in values.items())}</wp:author>"


def item(post_id, *parts, meta=None, **values):
    """Return a published post. `parts` are comments and terms, `meta` its custom fields."""
    defaults = {
        "title": f"Post {post_id}",
        "link": f"{SITE}/2020/post-{post_id}/",
        "guid": f"{SITE}/?p={post_id}",
        "creator": "ada",
        "content": "Text.",
        "excerpt": "",
        "post_id": post_id,
        "post_date": "2020-01-31 14:00:00",
        "post_date_gmt": "2020-01-31 12:00:00",
        "comment_status": "open",
        "post_name": f"post-{post_id}",
        "status": "publish",
        "post_parent": 0,
        "post_type": "post",
        "post_password": "",
        "is_sticky": 0,
    }
    fields = [element(*value) for value in (defaults | values).items()]
    fields += [
        f"<wp:postmeta>{element('meta_key', key)}{element('meta_value', value)}</wp:postmeta>"
        for key, value in (meta or {}).items()
    ]
    return f"<item>\n{''.join([*fields, *parts])}\n</item>"


def term(name, domain="post_tag", nicename=""):
    return f'<category domain="{domain}" nicename="{nicename or name.lower()}">{escape(name)}</category>'


def comment(comment_id, content="Hi.", **values):
    defaults = {
        "comment_id": comment_id,
        "comment_author": "Grace",
        "comment_author_email": "grace@example.com",
        "comment_author_IP": "192.0.2.1",
        "comment_date_gmt": "2020-02-01 10:00:00",
        "comment_content": content,
        "comment_approved": 1,
        "comment_type": "",
        "comment_parent": 0,
        "comment_user_id": 0,
    }
    return f"<wp:comment>{''.join(element(*value) for value in (defaults | values).items())}</wp:comment>"


def attachment(attachment_id, file, alt="", caption="", parent=0):
    url = f"{SITE}/wp-content/uploads/{file}"
    meta = {"_wp_attached_file": file, "_wp_attachment_image_alt": alt}
    values = {"post_type": "attachment", "status": "inherit", "attachment_url": url, "excerpt": caption}
    return item(attachment_id, meta=meta, post_parent=parent, **values)


def read_site(text):
    """Return the site of an export."""
    site = Site()
    site.read(io.BytesIO(text.encode()))
    return site


def read_items(text):
    """Return the items of an export."""
    return [node for node in read_wxr(io.BytesIO(text.encode())) if node.name == "item"]

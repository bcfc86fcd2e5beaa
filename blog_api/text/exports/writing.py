"""Write posts and author profiles as Markdown files with YAML front matter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import yaml

from blog_api.text.exports.keys import EXACT, FENCE, FLAGS, LISTS, OWN, TEXTS, VERSION

# PyYAML can be installed without LibYAML.
_SafeDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_WIDTH = 1_000_000
# Line breaks in YAML 1.1, as which other programs would read them.
_LINE_BREAKS = re.compile("[\r\n\x85\u2028\u2029]")


class _Dumper(_SafeDumper):  # type: ignore[misc]
    """A dumper that escapes line breaks, and repeats equal values."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    style = '"' if _LINE_BREAKS.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def write_post(post: Mapping[str, Any]) -> str:
    """Return the file of a post, given as in `posts.ndjson` (services/exporting/posts.py)."""
    is_public = post["status"] == "published" and post["deleted_at"] is None
    matter: dict[str, Any] = {"title": post["title"], "slug": post["slug"]}
    if post["published_at"]:
        matter["date"] = _time(post["published_at"])
    if not is_public:
        # Other site generators do not know `status`.
        matter["draft"] = True
    matter["status"] = post["status"]
    matter |= {key: list(post[key]) for key in LISTS if post[key]}
    matter |= {key: post[name] for key, name in TEXTS.items() if post[name]}
    if post["kind"] != "post":
        matter["kind"] = post["kind"]
    matter |= {key: post[name] for key, (name, default) in FLAGS.items() if post[name] is not default}
    if post["image"]:
        matter["image"] = post["image"]
    return _write(matter, _own(post), post["content"])


def _own(post: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has no common key."""
    own: dict[str, Any] = {
        name: _time(post[name]) for name in ("comments_close_at", "deleted_at") if post[name]
    }
    if post["slug_is_automatic"]:
        own["slug_is_automatic"] = True
    if post["former_slugs"]:
        own["former_slugs"] = [
            {"slug": former["slug"]}
            | ({"public_at": _time(former["public_at"])} if former["public_at"] else {})
            for former in post["former_slugs"]
        ]
    if post["metadata"]:
        # As JSON, since YAML would change some numbers and keys.
        own["metadata"] = orjson.dumps(post["metadata"]).decode()
    return own


def write_profile(user: Mapping[str, Any]) -> str:
    """Return the file of the profile of an author. Its text is the biography."""
    matter = {"name": user["display_name"], "slug": user["username"]}
    matter |= {key: user[key] for key in ("website", "image") if user[key]}
    return _write(matter, {}, user["bio"])


def _write(matter: Mapping[str, Any], own: Mapping[str, Any], body: str) -> str:
    is_exact = body != body.strip("\n") or "\r" in body
    marks = {"version": int(VERSION)} | ({"body": EXACT} if is_exact else {})
    block = yaml.dump(
        {**matter, OWN: {**marks, **own}},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=_WIDTH,
    )
    return f"{FENCE}{block}{FENCE}" + (body if is_exact else f"\n{body}\n")


def _time(text: str) -> datetime:
    """Return the time, which YAML then writes without quotes."""
    return datetime.fromisoformat(text)

"""Benchmark cases: the requests to send to each side."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from bench.client import send
from bench.data import KEY, PASSWORD, TOPICS, WIDTH, WORDS, Blog
from bench.load import BenchError, Plan
from bench.sides import Side
from blog_api.schemas.post_fields import DETAIL_FIELDS, FIELDS

API = "/api/v1"
# A time after all posts, different in each request, so that no URL is requested twice.
UNSEEN = "published_before=2100-01-01T00:00:00.{n}Z"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# Enough that few pages are requested twice in a round.
CURSORS = 2000
SINGLE_POSTS = 5000


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table. Sides without a plan do not take part."""

    name: str
    title: str
    plan: Plan
    peer: Plan | None = None
    floor: Plan | None = None
    # The plan of the earlier commit, with its own cursors, validators and tokens.
    before: Plan | None = None
    # Whether the service can respond from its cache.
    cached: bool = False

    @property
    def reads(self) -> bool:
        """Whether the case only reads, so that a bare view can return the same bytes."""
        return self.plan.method == "GET"

    def plan_of(self, side: str) -> Plan | None:
        """Return the plan for this side."""
        bytes_alone = Plan([f"/{self.name}"]) if self.reads else None
        plans = {"blog_api": self.plan, "peer": self.peer, "floor": self.floor or bytes_alone}
        return (plans | {"before": self.before})[side]


def build_cases(blog: Blog, own: Side, peer: Side | None) -> list[Case]:
    """Return all cases for this blog. Request the cursors, validators and tokens that they need."""
    return [
        *_first_pages(blog),
        *_deep_pages(blog, own),
        *_single_posts(blog),
        *_comments(blog),
        *_validated(own),
        Case("media", "a picture from a folder", Plan([f"/media/{KEY}/{WIDTH}.webp"])),
        *_authenticated(blog, own, peer),
    ]


def add_before(cases: Sequence[Case], blog: Blog, before: Side) -> list[Case]:
    """Return the cases with plans for the earlier commit."""
    plans = {case.name: case.plan for case in build_cases(blog, before, None) if _is_supported(case, before)}
    return [replace(case, before=plans.get(case.name)) for case in cases]


def _is_supported(case: Case, side: Side) -> bool:
    """Return whether the commit knows the request, such as the fields that it asks for."""
    try:
        return not case.reads or bool(send(side.url, case.plan))
    except BenchError:
        return False


def _first_pages(blog: Blog) -> Iterator[Case]:
    authors = [f"&author=author-{number}" for number in range(1, min(blog.authors, 1000) + 1)]
    random.Random(1).shuffle(authors)
    for name, title, filters in (
        ("newest", "newest 20", [""]),
        ("author", "20 by author", authors),
        ("tag-rare", "20 by a rare tag", ["&tag=rare"]),
        ("tag-big", "20 by the tag on a third of all posts", ["&tag=big"]),
    ):
        targets = [f"/posts?limit=20{text}" for text in filters]
        yield Case(name, title, Plan([API + target for target in targets]), Plan(targets))
    fields = ",".join(name for name in FIELDS if name not in DETAIL_FIELDS)
    html = Plan([f"{API}/posts?limit=20&fields={fields},html"])
    yield Case("posts-html", "newest 20 with `html`", html)
    yield Case("feed", "the same as an Atom feed", Plan(["/feeds/atom.xml"]))
    yield Case("unseen", "newest 20 with a new URL each time", Plan([f"{API}/posts?limit=20&{UNSEEN}"]))


def _deep_pages(blog: Blog, own: Side) -> Iterator[Case]:
    offset = 20 * (blog.deep_page - 1)
    before = Plan([f"{API}/posts?limit=20&offset={offset - 20}"])
    cursor: str | None = send(own.url, before).json["pagination"]["next_cursor"]
    targets: list[str] = []
    while cursor and len(targets) < CURSORS:
        targets.append(f"{API}/posts?limit=20&cursor={cursor}")
        cursor = send(own.url, Plan(targets[-1:])).json["pagination"]["next_cursor"]
    peer = Plan([f"/posts?limit=20&offset={offset + 20 * number}" for number in range(5)])
    yield Case("cursor", f"page {blog.deep_page:,} and those after it, by cursor", Plan(targets), peer)
    plan = Plan([f"{API}/posts?limit=20&offset={offset}"])
    yield Case("offset", f"page {blog.deep_page:,} by offset", plan, Plan(peer.targets[:1]))


def _single_posts(blog: Blog) -> Iterator[Case]:
    ids = [
        number
        for number in range(1, blog.posts, max(1, blog.posts // SINGLE_POSTS))
        if blog.is_public(number)
    ]
    random.Random(2).shuffle(ids)
    for name, title, path in (("post", "one post by id", ""), ("slug", "one post by slug", "slug/post-")):
        targets = [f"/posts/{path}{number}" for number in ids]
        yield Case(name, title, Plan([API + target for target in targets]), Plan(targets))
    for name, title, more in (
        ("post-fields", "one post with `fields`", ""),
        ("post-html", "the same with `html`", ",html"),
    ):
        fields = ",".join(FIELDS) + more
        yield Case(name, title, Plan([f"{API}/posts/{number}?fields={fields}" for number in ids]))


def _comments(blog: Blog) -> Iterator[Case]:
    targets = [f"{API}/posts/{number}/comments" for number in blog.commented]
    yield Case("comments", "20 comments on a post", Plan(targets))


def _validated(own: Side) -> Iterator[Case]:
    """Yield cases that repeat a request, with and without the validator of the last response."""
    newest, post = Plan([f"{API}/posts?limit=20"]), Plan([f"{API}/posts/1"])
    for name, title, plan in (
        ("list-304", "unchanged list, 304", newest),
        ("post-304", "unchanged post, 304", post),
    ):
        if tag := send(own.url, plan).headers.get("ETag"):
            asked = replace(plan, headers={"If-None-Match": tag}, expected=304)
            yield Case(name, title, asked, cached=True)
    yield Case("repeat", "unchanged list, repeated without a validator", newest, cached=True)


def _authenticated(blog: Blog, own: Side, peer: Side | None) -> Iterator[Case]:
    people = [{"username": f"author-{number}", "password": PASSWORD} for number in range(1, 11)]
    # Use few connections: more would only wait for each other.
    login = Plan(
        [f"{API}/auth/login"], "POST", JSON, [json.dumps(person) for person in people], connections=4
    )
    token = _token(own, login)
    yield Case("authenticated", "newest 20 with a token", Plan([f"{API}/posts?limit=20"], headers=token))
    plan, other = Plan([f"{API}/posts"], "POST", JSON | token, _new_posts(), 201), None
    if peer:
        form = Plan(["/token"], "POST", FORM, [urlencode(people[0])])
        other = replace(plan, targets=["/posts"], headers=JSON | _token(peer, form))
    yield Case("create", "create with 3 tags", plan, other)
    plain = [json.dumps(json.loads(body) | {"tags": []}) for body in plan.bodies]
    yield Case("create-plain", "create without tags", replace(plan, bodies=plain))
    targets = [f"{API}/posts/{number}/comments" for number in blog.commented]
    comments = [json.dumps({"content": f"Comment {{n}} {number}: well said."}) for number in range(500)]
    yield Case("comment", "write a comment", replace(plan, targets=targets, bodies=comments))
    # Skip the account of the other cases: many logins would end the session of their token.
    others = replace(login, bodies=login.bodies[1:])
    yield Case("login", "login", others, floor=Plan(["/hash"], "POST", connections=4))


def _token(side: Side, login: Plan) -> dict[str, str]:
    return {"Authorization": f"Bearer {send(side.url, login).json['access_token']}"}


def _new_posts() -> list[str]:
    chance = random.Random(3)
    content = " ".join(chance.choices(WORDS, k=450))
    bodies = []
    for number in range(500):
        tags = [f"topic-{topic}" for topic in chance.sample(range(1, TOPICS), 3)]
        post = {
            "title": f"News {{run}} {{n}} {number}",
            "content": content,
            "status": "published",
            "tags": tags,
        }
        bodies.append(json.dumps(post))
    return bodies

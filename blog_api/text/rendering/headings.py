"""Give headings ids, and list them."""

import copy
from typing import Any

from turbohtml import Element

from blog_api.text.rendering.budget import Budget
from blog_api.text.slugs import MAX_READ, numbered, slugify


def number_headings(root: Element, budget: Budget) -> list[dict[str, Any]]:
    """Give each heading with text a unique id made of its text. Return level, id and text of each, in order."""
    ids = _Ids({element.attr("id") or "" for element in root.select("[id]")})
    toc = []
    for heading in root.select("h1,h2,h3,h4,h5,h6"):
        budget.check()
        if text := _text(heading):
            heading.attrs["id"] = ids.unique(slugify(text, "section"))
            toc.append({"level": int(heading.tag[1]), "id": heading.attr("id"), "text": text})
    return toc


def _text(heading: Element) -> str:
    if heading.select_one("sup.footnote-ref"):
        heading = copy.deepcopy(heading).remove("sup.footnote-ref")
    return " ".join(heading.text[:MAX_READ].split())


class _Ids:
    """The ids of a document."""

    def __init__(self, taken: set[str]) -> None:
        self._taken, self._last = taken, dict[str, int]()

    def unique(self, slug: str) -> str:
        """Return the slug, with a number appended if it is taken."""
        unique = slug
        # Continue after the last number, so that many equal headings take linear time.
        while unique in self._taken:
            self._last[slug] = self._last.get(slug, 1) + 1
            unique = numbered(slug, self._last[slug])
        self._taken.add(unique)
        return unique

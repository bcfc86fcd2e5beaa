"""Recognise footnotes in HTML: a link in <sup> to a list item or a paragraph that links back."""

from __future__ import annotations

from turbohtml import Element

# A class that the sanitizer keeps.
MARK = "footnote-ref"
REFERENCE = f"sup.{MARK}"
_LINKS = "sup > a[href^='#'], a[href^='#'] > sup"
_NOTES = frozenset({"dd", "div", "li", "p"})
# These stay HTML, with the footnotes in them.
_UNSUPPORTED = "details,dl,figure,table"


def take_footnotes(root: Element) -> dict[str, Element]:
    """Mark all references in the tree, and take the footnotes out of it. Return the footnotes by their labels."""
    for element in root.select(REFERENCE):
        del element.attrs["class"]
    targets = {element.attr("id") or "": element for element in root.select("[id]")}
    notes: dict[str, Element] = {}
    labels: dict[str, str] = {}
    for found in root.select(_LINKS):
        link = found if found.tag == "a" else found.closest("a")
        reference = found.closest("sup")
        target = (link.attr("href") or "")[1:] if link else ""
        note = targets.get(target)
        if not link or not reference or not note or not _is_footnote(note, link, reference):
            continue
        label = labels.setdefault(target, str(len(labels) + 1))
        notes.setdefault(label, note)
        mark = Element("sup", {"class": MARK})
        mark.set_text(label)
        (link if link.closest("sup") is None else reference).replace_with(mark)
    for note in notes.values():
        _take(note, root)
    return {label: _content(note) for label, note in notes.items()}


def _is_footnote(note: Element, link: Element, reference: Element) -> bool:
    if note.tag not in _NOTES or reference.closest(_UNSUPPORTED) or note.select_one(_LINKS):
        return False
    ids = {f"#{element.attr('id')}" for element in (link, reference) if element.attr("id")}
    return any(back.attr("href") in ids for back in note.select("a[href^='#']"))


def _take(note: Element, root: Element) -> None:
    """Remove the note from the tree, with the list and the section that it leaves empty."""
    around = note.parent
    note.extract()
    while isinstance(around, Element) and around is not root:
        if around.text.strip() or around.select_one("img"):
            return
        outer = around.parent
        around.extract()
        around = outer


def _content(note: Element) -> Element:
    """Return the content of the note without its links back, which the renderer writes."""
    for back in note.select("a[href^='#']"):
        if (
            len(back.text.strip()) <= 2
            or back.has_class("footnote-backref")
            or back.has_class("reversefootnote")
        ):
            back.decompose()
    body = Element("div")
    body.extend(list(note.children))
    return body

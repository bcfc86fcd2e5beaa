"""Collect the footnotes at the end of the document, with links in both directions."""

from turbohtml import Element, Text

_REFERENCES = "sup.footnote-reference > a"
_DEFINITIONS = "div.footnote-definition"
_LABEL = "sup.footnote-definition-label"


def collect_footnotes(root: Element) -> None:
    """Move footnotes, which the parser leaves where they are written, into a list at the end.

    They are numbered by their first reference; the ones that nothing refers to come last.
    """
    definitions = _definitions(root)
    if not definitions:
        return
    references: dict[str, list[Element]] = {}
    for link in root.select(_REFERENCES):
        if link.text in definitions:
            references.setdefault(link.text, []).append(link)
    notes = Element("ol")
    # Python keeps the order of keys: references first, then definitions without any.
    for number, label in enumerate({**references, **definitions}, start=1):
        links = references.get(label, [])
        for count, link in enumerate(links, start=1):
            _link_to_note(link, number, count)
        notes.append(_note(definitions[label], number, len(links)))
    section = Element("section", {"class": "footnotes", "role": "doc-endnotes"})
    section.append(notes)
    root.append(section)


def _definitions(root: Element) -> dict[str, Element]:
    """Return the definitions by the number that the parser gave them, which the references have as well."""
    definitions: dict[str, Element] = {}
    for definition in root.select(_DEFINITIONS):
        if label := definition.select_one(_LABEL):
            definitions.setdefault(label.text, definition)
            label.decompose()
    return definitions


def _reference_id(number: int, count: int) -> str:
    return f"fnref-{number}" if count == 1 else f"fnref-{number}-{count}"


def _link_to_note(link: Element, number: int, count: int) -> None:
    link.attrs.update({"href": f"#fn-{number}", "id": _reference_id(number, count), "role": "doc-noteref"})
    link.set_text(str(number))
    if isinstance(link.parent, Element):
        link.parent.attrs["class"] = "footnote-ref"


def _note(definition: Element, number: int, references: int) -> Element:
    note = Element("li", {"id": f"fn-{number}"})
    note.extend(list(definition.children))
    definition.decompose()
    last = next((child for child in reversed(note.children) if isinstance(child, Element)), note)
    for count in range(1, references + 1):
        back = Element("a", {"href": f"#{_reference_id(number, count)}", "role": "doc-backlink"})
        back.set_text("↩")
        target = last if last.tag == "p" else note
        target.append(Text(" "))
        target.append(back)
    return note

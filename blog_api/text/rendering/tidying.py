"""Bring the HTML of a post into a shape that later steps can rely on."""

from turbohtml import Element

# Browsers stop nesting at about 500 elements. Sanitising takes quadratic time in the depth.
MAX_DEPTH = 100
# HTML parsers repeat unclosed formatting in every following block.
MAX_FORMATTING = 10

# Elements that are removed with their content, because it is not text for readers or not parsed as HTML.
_REMOVED = (
    "applet,audio,canvas,embed,frameset,iframe,input:not([type=checkbox][disabled]),math,noembed,noframes,noscript,"
    "object,picture>source,plaintext,script,select,style,svg,template,textarea,title,video,xmp"
)
_TOO_DEEP = ":scope" + " > *" * MAX_DEPTH
_FORMATTING = ":is(a,b,big,code,em,font,i,nobr,s,small,strike,strong,tt,u)"
_TOO_FORMATTED = " ".join([_FORMATTING] * (MAX_FORMATTING + 1))
_ALIGNED = ":is(td,th)[style]"
_TASKS = "li > input:first-child, li > p:first-child > input:first-child"


def tidy(root: Element) -> None:
    """Remove unwanted elements, deep nesting and the ids of the author. Prepare tables and task lists for any site."""
    root.remove(_REMOVED)
    for selector in (_TOO_DEEP, _TOO_FORMATTED):
        for element in root.select(selector):
            element.set_text(element.text)
    # Generated ids must be unique, and an author's could hide variables of the site's scripts.
    for element in root.select("[id]"):
        del element.attrs["id"]
    for cell in root.select(_ALIGNED):
        cell.attrs["align"] = (cell.attr("style") or "").removeprefix("text-align: ")
    # Stylesheets hide the bullet of a task by its class, as on GitHub.
    for checkbox in root.select(_TASKS):
        if item := checkbox.closest("li"):
            item.attrs["class"] = "task-list-item"

"""A browser executes nothing of what hostile content is rendered to."""

import json
from pathlib import Path

from blog_api.text.rendering import render
from tests.browser import browser
from tests.text.hostile import PAYLOADS

PAGE = """<!DOCTYPE html><meta charset=utf-8><title>start</title><base href='http://127.0.0.1:1/'>
<body>{}<p id=end>end</p>"""
# Do what a reader could: click on everything, move over it, focus it, and open all details.
PROVOKE = """
(async () => {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || link.protocol !== "javascript:") event.preventDefault();
  });
  for (const element of document.body.querySelectorAll("*")) {
    if (element.tagName === "DETAILS") element.open = true;
    for (const name of ["mouseover", "pointerover", "mousemove", "animationstart", "error", "load", "focus", "begin"]) {
      element.dispatchEvent(new Event(name));
    }
    element.focus();
    element.click();
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  return window.executed === undefined;
})()
"""


def open_page(tab, path: Path, html: str) -> bool:
    path.write_text(PAGE.format(html), encoding="utf-8")
    tab.open(path.as_uri())
    tab.wait(f"document.readyState === 'complete' && location.pathname === {json.dumps(str(path))}")
    return bool(tab.evaluate(PROVOKE))


def test_nothing_is_executed(tmp_path: Path) -> None:
    rendered = [render(payload, base_url=None, trusted=False).html for payload in PAYLOADS]
    with browser(tmp_path) as tab:
        assert open_page(
            tab, tmp_path / "rendered.html", "<hr>\n".join(f"<div>{html}</div>" for html in rendered)
        )
        assert tab.evaluate("document.getElementById('end') !== null && document.title === 'start'")
        # The page notices what is executed.
        assert not open_page(tab, tmp_path / "raw.html", "<img src=x onerror='window.executed=1'>")

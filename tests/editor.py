"""Use the editor in examples/editor in a browser."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.browser import Tab
from tests.http import ask
from tests.service import PASSWORD

TYPE = """
(() => {
  const field = document.getElementById(%s);
  field.value = %s;
  field.dispatchEvent(new Event("input", { bubbles: true }));
})()
"""
# An event with a file, as browsers send it.
FILE = """
(() => {
  const [id, event, name, data] = %s;
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(data), (char) => char.charCodeAt(0))], name));
  const options = { bubbles: true, cancelable: true, clipboardData: transfer, dataTransfer: transfer };
  const target = document.getElementById(id);
  if (event === "paste") return target.dispatchEvent(new ClipboardEvent(event, options));
  if (event === "drop") return target.dispatchEvent(new DragEvent(event, options));
  target.click();
  Object.assign(document.getElementById("file"), { files: transfer.files }).dispatchEvent(new Event("change"));
})()
"""
EXPIRE = """
sessionStorage.tokens = JSON.stringify({ ...JSON.parse(sessionStorage.tokens), access_token: "expired" })
"""
# Whether the browser asks before it closes the page.
LEAVING = "!window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"
NETWORK = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
NUMBERS = count()
LOGIN, CONFLICT = "document.querySelector('dialog').open", "document.querySelectorAll('dialog')[1].open"


@dataclass(frozen=True)
class Person:
    """Somebody who uses the editor in a tab. `token` is for requests of the test itself."""

    url: str
    account: dict[str, str]
    token: str
    id: int
    tab: Tab

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        reply = ask(self.url, method, f"/api/v1{path}", body, token=self.token)
        assert reply.status < 300, reply
        return reply.json

    def log_in(self) -> None:
        self.tab.open(f"{self.url}/examples/editor/")
        self.tab.wait(LOGIN)
        for field in ("username", "password"):
            self.type(field, self.account[field])
        self.tab.click("#login .main")
        self.tab.wait(f"!{LOGIN}")

    def open_post(self, post_id: int) -> None:
        """Load the page again, and open a post."""
        self.tab.open(f"{self.url}/examples/editor/?{next(NUMBERS)}")
        self.tab.click(f'#posts button[value="{post_id}"]')
        self.tab.wait("document.activeElement.id === 'title'")

    def type(self, field: str, value: str) -> None:
        self.tab.evaluate(TYPE % (json.dumps(field), json.dumps(value)))

    def value(self, field: str) -> Any:
        return self.tab.evaluate(f"document.getElementById({json.dumps(field)}).value")

    def wait_for(self, text: str, field: str = "state") -> None:
        self.tab.wait(f"document.getElementById('{field}').textContent.startsWith({json.dumps(text)})")

    def give(self, target: str, event: str, name: str, data: bytes) -> None:
        """Paste or drop a file on an element, or choose it ("click") with a button."""
        self.tab.evaluate(FILE % json.dumps([target, event, name, base64.b64encode(data).decode()]))

    def press(self, button: str, state: str) -> None:
        self.tab.click(f"#{button}")
        self.wait_for(state)


def register(url: str, username: str, tab: Tab) -> Person:
    """Create an account for somebody who uses the editor in this tab."""
    account = {"username": username, "password": PASSWORD}
    created = ask(url, "POST", "/api/v1/auth/register", account | {"email": f"{username}@example.com"})
    assert created.status == 201, created
    token = ask(url, "POST", "/api/v1/auth/login", account).json["access_token"]
    tab.call("Network.enable")
    return Person(url, account, token, created.json["id"], tab)

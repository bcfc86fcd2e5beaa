"""The editor in examples/editor, used by two people in a real browser."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from tests.browser import Tab, browser
from tests.http import ask
from tests.pictures import picture
from tests.service import PASSWORD, serve

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


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two people who have logged in, each in a tab."""
    folder = tmp_path_factory.mktemp("editor")
    with (
        serve(f"sqlite:///{folder / 'editor.db'}", MIGRATE_ON_START="true", MEDIA_MAX_MB="1") as url,
        browser(folder) as tab,
    ):
        people = [register(url, "ada", tab), register(url, "grace", tab.open_another())]
        for person in people:
            person.log_in()
        yield people


def register(url, username, tab):
    account = {"username": username, "password": PASSWORD}
    created = ask(url, "POST", "/api/v1/auth/register", account | {"email": f"{username}@example.com"})
    assert created.status == 201, created
    token = ask(url, "POST", "/api/v1/auth/login", account).json["access_token"]
    tab.call("Network.enable")
    return Person(url, account, token, created.json["id"], tab)


@pytest.fixture
def opened(pair):
    """Both people have opened a draft that they write together."""
    ada, grace = pair
    draft = {"title": "On looms", "content": "They weave.", "co_authors": [grace.id]}
    post_id = ada.ask("POST", "/posts", draft)["id"]
    for person in pair:
        person.open_post(post_id)
    return ada, grace, f"/posts/{post_id}"


def edit(person, field, value):
    """Change a field, and let the editor save it."""
    person.type(field, value)
    person.wait_for("Not saved yet")
    person.wait_for("Saved")


def resolve(person, member, side):
    """Choose a side of the member in conflict."""
    person.tab.bring_to_front()
    person.tab.wait(CONFLICT)
    person.tab.click(f"input[name={member}][value={side}]")
    person.tab.click("button[value=save]")


def test_changes_of_different_members_are_merged(opened):
    ada, grace, path = opened
    edit(ada, "content", "They weave cloth.")
    edit(grace, "title", "On power looms")
    edit(ada, "tags", "History, Looms")
    stored = ada.ask("GET", path)
    assert (stored["title"], stored["content"]) == ("On power looms", "They weave cloth.")
    assert [tag["name"] for tag in stored["tags"]] == ["History", "Looms"]
    assert grace.value("content") == "They weave cloth."
    assert ada.value("title") == "On power looms"


@pytest.mark.parametrize(("side", "kept"), [("yours", "They rattle."), ("theirs", "They weave cloth.")])
def test_a_conflict_shows_all_texts_and_keeps_the_chosen_one(opened, side, kept):
    ada, grace, path = opened
    edit(ada, "content", "They weave cloth.")
    grace.type("title", "On power looms")
    grace.type("content", "They rattle.")
    grace.tab.wait(CONFLICT)
    texts = grace.tab.evaluate("[...document.querySelectorAll('fieldset textarea')].map((one) => one.value)")
    assert texts == ["They weave.", "They rattle.", "They weave cloth."]
    assert ada.ask("GET", path)["content"] == "They weave cloth."
    resolve(grace, "content", side)
    grace.wait_for("Saved")
    stored = ada.ask("GET", path)
    assert (stored["title"], stored["content"]) == ("On power looms", kept)
    assert grace.value("content") == kept
    revisions = [ada.ask("GET", f"{path}/revisions/{number}")["content"] for number in (1, 2)]
    assert revisions == ["They weave.", "They weave cloth."]


def test_text_that_cannot_be_saved_is_kept(opened):
    ada, _, path = opened
    ada.tab.call("Network.emulateNetworkConditions", offline=True, **NETWORK)
    ada.type("content", "Written in a tunnel.")
    ada.wait_for("Not saved: The service cannot be reached. Next try in")
    assert ada.tab.evaluate(LEAVING)
    ada.tab.call("Network.emulateNetworkConditions", offline=False, **NETWORK)
    ada.wait_for("Saved")
    assert ada.ask("GET", path)["content"] == "Written in a tunnel."
    assert not ada.tab.evaluate(LEAVING)
    ada.type("content", "Written just before a reload.")
    ada.open_post(int(path.split("/")[-1]))
    ada.wait_for("Saved")
    assert ada.ask("GET", path)["content"] == "Written just before a reload."


def test_changes_of_a_live_post_are_published_together(opened):
    ada, grace, path = opened
    ada.press("publish", "Published")
    assert ada.ask("GET", path)["status"] == "published"
    edit(ada, "content", "They weave cloth.")
    ada.wait_for("published, with unpublished changes", "status")
    assert ada.ask("GET", path)["content"] == "They weave."
    # Grace still has the draft open, which is live by now.
    edit(grace, "title", "On power looms")
    assert grace.value("content") == "They weave cloth."
    edit(grace, "content", "They rattle.")
    edit(ada, "summary", "Two kinds of looms.")
    assert ada.value("content") == "They rattle."
    # Somebody changes the post without the editor.
    ada.ask("PATCH", path, {"title": "On hand looms", "tags": ["Looms"]})
    ada.tab.click("#publish")
    resolve(ada, "title", "yours")
    ada.wait_for("Saved")
    stored = ada.ask("GET", path)
    assert (stored["title"], stored["summary"]) == ("On power looms", "Two kinds of looms.")
    assert (stored["content"], stored["tags"][0]["name"]) == ("They rattle.", "Looms")
    ada.tab.wait("document.getElementById('status').textContent === 'published'")
    assert ada.tab.evaluate("document.getElementById('publish').disabled")


def test_a_preview_shows_what_has_just_been_written(opened):
    ada, _, _ = opened
    ada.type("content", "They weave *cloth*.")
    ada.press("preview", "The preview is ready")
    link = ada.tab.evaluate("document.querySelector('#link a').href")
    assert link.startswith(f"{ada.url}/api/v1/previews/")
    page = ask(ada.url, "GET", link.removeprefix(ada.url), headers={"Accept": "text/html"})
    assert (page.status, b"<em>cloth</em>" in page.body) == (200, True)


def test_a_picture_is_put_into_the_text_when_the_connection_is_back(opened):
    ada, _, path = opened
    ada.tab.call("Network.emulateNetworkConditions", offline=True, **NETWORK)
    ada.give("content", "paste", "my cat.png", picture())
    ada.wait_for("my cat.png is not uploaded: The service cannot be reached. Next try in", "uploads")
    assert ada.value("content") == "They weave.![Uploading picture 1…]()"
    ada.type("content", "They weave. ![Uploading picture 1…]() Well.")
    ada.wait_for("Not saved: ")
    # The upload also needs a new access token.
    ada.tab.evaluate(EXPIRE)
    ada.tab.call("Network.emulateNetworkConditions", offline=False, **NETWORK)
    ada.tab.wait(f"!{LEAVING}")
    media = ada.ask("GET", "/media")["data"][0]
    assert ada.ask("GET", path)["content"] == f"They weave. ![my cat]({media['url']}) Well."
    for revision in ada.ask("GET", f"{path}/revisions")["data"]:
        assert "Uploading" not in ada.ask("GET", f"{path}/revisions/{revision['number']}")["content"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"<svg/>", "SVG files can contain scripts."), (b"x" * 3_000_000, "Files are limited to 1 MB")],
    ids=["wrong type", "too large"],
)
def test_a_rejected_file_is_named_with_the_reason(opened, data, reason):
    ada, _, path = opened
    ada.give("content", "drop", "cat.png", data)
    ada.wait_for(f"cat.png is not uploaded: {reason}", "uploads")
    assert ada.value("content") == ada.ask("GET", path)["content"] == "They weave."


def test_the_image_of_a_post_is_uploaded_described_and_removed(opened):
    ada, grace, path = opened
    ada.press("publish", "Published")
    ada.give("choose", "click", "cat.png", picture(700, 350))
    ada.tab.wait("document.getElementById('shown').naturalWidth === 320")
    edit(ada, "alt", "A sleeping cat")
    assert ada.ask("GET", path)["image"] is None
    ada.press("publish", "Published")
    image = ada.ask("GET", path)["image"]
    assert (image["width"], image["alt"]) == (700, "A sleeping cat")
    edit(grace, "title", "On power looms")
    assert grace.value("alt") == "A sleeping cat"
    grace.press("remove", "Saved")
    grace.press("publish", "Published")
    assert grace.ask("GET", path)["image"] is None


def test_the_editor_fits_a_narrow_window(opened):
    ada, _, _ = opened
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    ada.tab.call("Emulation.setDeviceMetricsOverride", **size)
    assert ada.tab.evaluate("document.documentElement.scrollWidth") == 390
    assert ada.tab.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    ada.tab.click("#back")
    ada.tab.wait("document.getElementById('editor').hidden")
    assert ada.tab.evaluate("getComputedStyle(document.querySelector('nav')).display") == "block"

"""The editor in examples/editor, used by two people in a real browser."""

from __future__ import annotations

import pytest

from tests.browser import browser
from tests.editor import CONFLICT, EXPIRE, LEAVING, NETWORK, register
from tests.http import ask
from tests.pictures import picture
from tests.service import serve


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

import time
import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from blog_api.text.front_matter import parse
from blog_api.text.front_matter_blocks import Value
from blog_api.text.issues import Refused


def refusal(text: str) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        parse(text)
    assert str(caught.value) == f"line {caught.value.line}: {caught.value.detail}"
    return caught.value.line, caught.value.detail


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: Hello\n---\nBody\n",
        "\ufeff---\ntitle: Hello\n---\nBody",
        "---\r\ntitle: Hello\r\n---\r\n\r\nBody\r\n",
        "---\rtitle: Hello\r---\rBody",
        "\n \n---  \ntitle: Hello\n---\t\nBody",
        "---\nTITLE: 'Hello'\n...\nBody",
        '+++\ntitle = "Hello"\n+++\nBody',
        '+++ \nTitle = "Hello"\n+++ \n\nBody\n\n',
    ],
)
def test_all_fences_and_line_endings_are_accepted(text: str) -> None:
    matter = parse(text)
    assert matter.values == {"title": "Hello"}
    assert matter.body == "Body"
    assert text.replace("\r", "\n").split("\n")[matter.line - 1].strip("\ufeff \t") in ("---", "+++")


def test_the_body_keeps_rules_and_indentation() -> None:
    assert parse("---\na: b\n---\n\n    code\n\n---\n\nend  \n").body == "    code\n\n---\n\nend  "


@pytest.mark.parametrize("text", ["---\n---\n", "---\n# nothing\n---", "+++\n+++"])
def test_front_matter_can_be_empty(text: str) -> None:
    assert parse(text).values == {}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1.10", "1.10"),
        ("0x1F", "0x1F"),
        ("no", "no"),
        ("12:30:00", "12:30:00"),
        ("2014-02-30", "2014-02-30"),
        ("'~'", "~"),
        ("", None),
        ("~", None),
        ("!!str", ""),
        ("[a, 1, null]", ["a", "1", None]),
        ("{B: c}", {"B": "c"}),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        ("a\u2028b", "a b"),
    ],
)
def test_yaml_values_keep_their_text(written: str, value: Value) -> None:
    assert parse(f"---\nkey: {written}\n---\n").values == {"key": value}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1.10", "1.10"),
        ("2014", "2014"),
        ("true", "true"),
        ("2014-05-16", "2014-05-16"),
        ("2014-05-16T10:00:00Z", "2014-05-16T10:00:00+00:00"),
        ("10:00:00", "10:00:00"),
        ('["a", 1]', ["a", "1"]),
        ('{ B = "c" }', {"B": "c"}),
    ],
)
def test_toml_values_become_text(written: str, value: Value) -> None:
    assert parse(f"+++\nkey = {written}\n+++\n").values == {"key": value}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "no front matter"),
        ("\n\n# Hello\n", 3, "no front matter"),
        ("--- title\n---", 1, "no front matter"),
        ("\n---\ntitle: Hello\n", 2, "not closed"),
        ("+++\na = 1\n---\n", 1, "not closed"),
        ("---\ntitle: a\nsummary: b: c\n---\n", 3, "mapping values are not allowed"),
        ("---\na: ééééé\ntitle: 'Hello\ntags: []\n---\n", 3, "found unexpected end of stream"),
        ("---\na: b\ntags: [a,\n\n---\n", 3, "invalid YAML"),
        ("---\na: b\n\tc: d\n---\n", 3, "invalid YAML"),
        ("---\na: b\nc: \u2028 d\ne: *none\n---\n", 4, "*none refers to an undefined anchor"),
        ("---\na: b\n--- c\n---\n", 3, "second document"),
        ("---\n- a\n---\n", 2, "mapping of keys to values"),
        ("---\n\njust text\n---\n", 3, "mapping of keys to values"),
        ("---\na: b\n? [c]\n: d\n---\n", 3, "a key must be a string"),
        ("---\na: b\n? {c: d}\n: e\n---\n", 3, "a key must be a string"),
        (
            "---\na: !!python/object/apply:os.system [ls]\n---\n",
            2,
            "python/object/apply:os.system is not supported",
        ),
        ("---\na: !secret b\n---\n", 2, "!secret is not supported"),
        ("---\na: &a [*a]\n---\n", 2, "*a refers to an undefined anchor"),
        ("---\na: b\nc: " + "[" * 50 + "]" * 50 + "\n---\n", 3, "more than 20 deep"),
        ("---\na: " + "[" * 100_000 + "\n---\n", 2, "more than 20 deep"),
        ("---\na: \ud800\n---\n", 2, "not valid Unicode"),
        ("\n---\na: " + "b" * 130_000 + "\nc: " + "d" * 1100 + "\n---\n", 2, "more than 131,072 characters"),
        ("+++\na = 1\n" + "b." * 65_000 + "b = 1\n+++\n", 3, "more than 100 dots"),
        ("+++\na = { " + "b . " * 30_000 + "b = 1 }\n+++\n", 2, "more than 100 dots"),
        ("+++\n[" + "b.'b'." * 20_000 + "b]\n+++\n", 2, "more than 100 dots"),
        ("+++\na = 1\nb =\n+++\n", 3, "Invalid value"),
        ("+++\na = 1\nb = 2014-02-30\n+++\n", 3, "Invalid date"),
        ("+++\na = 1\na = 2\n+++\n", 3, "Cannot overwrite"),
        ("+++\na = " + "9" * 5000 + "\n+++\n", 2, "4300 digits"),
        ("+++\na = " + "[" * 50 + "]" * 50 + "\n+++\n", 2, "more than 20 deep"),
        ("+++\na = " + "[" * 100_000 + "\n+++\n", 2, "more than 20 deep"),
        ('{\n  "a": 1,\n  "b": c\n}\n', 3, "invalid JSON: Expecting value"),
        ('{"a": ' + "[" * 100_000 + "\n", 1, "more than 20 deep"),
        ("---json\n\n[1]\n---\n", 2, "must be a JSON object"),
        ('---json\n{"a": 1}\nb\n---\n', 2, "text after the object"),
        ('{"a": "' + "b" * 131_072 + '"}\n', 1, "more than 131,072 characters"),
        ("{{< note >}}\n", 1, "no front matter"),
    ],
)
def test_invalid_front_matter_is_reported_with_its_line(text: str, line: int, reason: str) -> None:
    found_line, found_reason = refusal(text)
    assert (found_line, reason in found_reason) == (line, True), found_reason


def test_aliases_share_their_value() -> None:
    assert parse("---\na: &x [b]\nc: *x\n---\n").values == {"a": ["b"], "c": ["b"]}


def test_an_alias_bomb_is_read_quickly() -> None:
    lines = ["a0: &a0 [boom]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    began = time.monotonic()
    assert len(parse("\n".join(["---", *lines, "---"])).values) == 20
    assert time.monotonic() - began < 5


def test_a_duplicate_key_is_noted_only_when_it_is_read() -> None:
    matter = parse("---\ntitle: Hello\nweight: 1\nweight: 2\nimage:\n  x: 1\n  X: 2\n---\n")
    assert matter.get("title") == "Hello"
    assert not matter.notes
    assert (matter.get("weight"), matter.get("image")) == ("2", {"x": "1", "X": "2"})
    assert [(note.code, note.line) for note in matter.notes] == [("key_duplicated", 4), ("key_duplicated", 7)]
    for text in ("+++\na = 1\nA = 2\n+++\n", '{\n  "a": 1, "A": 2}\n', '{\n  "a": 1, "a": 2}\n'):
        matter = parse(text)
        assert (matter.get("a"), [note.line for note in matter.notes]) == ("2", [2])


@pytest.mark.parametrize("character", ["\f", "\x00", "\x1b", "\x7f", "\ufffe"])
def test_control_characters_become_spaces_with_a_note(character: str) -> None:
    matter = parse(f"---\na: b\nc: d{character}e\n---\n")
    assert matter.values == {"a": "b", "c": "d e"}
    assert [(note.code, note.line) for note in matter.notes] == [("value_shortened", 3)]


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "Hello", "weight": 3, "draft": false, "tags": ["a", null]}\nBody',
        '\n{\n  "title": "Hello",\n  "weight": 3, "draft": false,\n  "tags": ["a", null]\n}\n\nBody\n',
        '---json\n{"title": "Hello", "weight": 3, "draft": false, "tags": ["a", null]}\n---\nBody',
        '---toml\ntitle = "Hello"\nweight = 3\ndraft = false\ntags = ["a", ""]\n---\nBody',
        "--- yaml\ntitle: Hello\nweight: 3\ndraft: false\ntags: [a, ~]\n---\nBody",
    ],
)
def test_json_and_fences_with_a_language_are_read(text: str) -> None:
    matter = parse(text)
    assert (matter.values["title"], matter.values["weight"], matter.values["draft"]) == (
        "Hello",
        "3",
        "false",
    )
    tags = matter.values["tags"]
    assert isinstance(tags, list)
    assert (tags[0], tags[1] or None, matter.body) == ("a", None, "Body")
    assert text.split("\n")[matter.body_line - 1] == "Body"


def test_keys_of_json_have_lines() -> None:
    matter = parse(
        '{\n  "params": {\n    "date": 1\n  },\n  "Date": "soon", "a\\"b": 1,\n  "title": "A"\n}\n'
    )
    assert {key: matter.line_of(key) for key in ("params", "date", "title")} == {
        "params": 2,
        "date": 5,
        "title": 6,
    }


@pytest.mark.parametrize(
    "text",
    ["---\na: b\nC: d\nc: e\n---\n", '+++\na = "b"\nC = "d"\n[e]\nc = 1\n+++\n', "---\na: b\n'c' : d\n---"],
)
def test_errors_have_the_first_line_of_a_key_or_of_the_fence(text: str) -> None:
    matter = parse(text)
    assert matter.error("c", "wrong").line == 3
    assert matter.error("missing", "wrong").line == 1


@pytest.mark.parametrize(
    "block",
    ['a: "\\UFFFFFFFF"', "%YAML " + "9" * 5000 + ".1", "a: b: c", "a: [", "a: *b", "[" * 5000],
)
def test_only_front_matter_errors_are_raised_without_libyaml(
    block: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    refusal(f"---\n{block}\n---\n")


def test_both_yaml_loaders_return_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "---\na: &x [b, ~, '']\nc: *x\nd: {e: 1.0, f: 'ö'}\n---\nBody"
    by_default = parse(text)
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert parse(text) == by_default


plain = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1)


@given(st.dictionaries(plain.map(str.lower), plain | st.lists(plain)))
def test_yaml_dumps_are_read_back(values: dict[str, Value]) -> None:
    block = yaml.safe_dump(values, allow_unicode=True)
    expected = {key.lower(): value for key, value in values.items()}
    assert parse(f"---\n{block}---\n").values == expected


@given(st.text(alphabet="ab=\"'[]{}.#-_:,\n 01tT"))
def test_toml_is_rejected_if_tomllib_rejects_it(block: str) -> None:
    try:
        tomllib.loads(block)
    except tomllib.TOMLDecodeError:
        line, _ = refusal(f"+++\n{block}\n+++\n")
        assert 1 <= line <= block.count("\n") + 2

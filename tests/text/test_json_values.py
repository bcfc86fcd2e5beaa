"""Values of front matter as JSON values."""

from __future__ import annotations

from typing import Any

import pytest

from blog_api.text.front_matter import parse
from blog_api.text.json_values import JsonConverter


def converted(text: str) -> dict[str, Any]:
    values = parse(text).values
    return {key: JsonConverter().convert(value) for key, value in values.items()}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("0.5", 0.5),
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("1.10", "1.10"),
        ("007", "007"),
        ("12345678901234567890", "12345678901234567890"),
        (".nan", ".nan"),
        ("'3'", "3"),
        ('"true"', "true"),
        ("2020-01-02", "2020-01-02"),
        ("2020-01-02 03:04:05 -0500", "2020-01-02T03:04:05-05:00"),
        ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05+00:00"),
        ("2020-13-02 03:04", "2020-13-02 03:04"),
        ("[1, {Two: [~, a]}]", [1, {"Two": [None, "a"]}]),
    ],
)
def test_yaml_values(written: str, value: Any) -> None:
    result = converted(f"---\nkey: {written}\n---\n")["key"]
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("3", 3),
        ("1.5", 1.5),
        ("true", True),
        ('"3"', "3"),
        ("2020-01-02", "2020-01-02"),
        ("2020-01-02 03:04:05Z", "2020-01-02T03:04:05+00:00"),
        ("{ Two = [1, 'a'] }", {"Two": [1, "a"]}),
    ],
)
def test_toml_values(written: str, value: Any) -> None:
    result = converted(f"+++\nkey = {written}\n+++\n")["key"]
    assert (result, type(result)) == (value, type(value))


def nested_aliases(first: str) -> str:
    lines = [f"a0: &a0 {first}"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "\n".join(["---", *lines, "---", ""])


@pytest.mark.parametrize("first", ["x", f"{{{'k' * 1000}: ~}}", "x" * 1000])
def test_nested_aliases_are_not_expanded(first: str) -> None:
    values = parse(nested_aliases(first)).values
    converter = JsonConverter()
    assert converter.convert(values["a1"]) == [JsonConverter().convert(values["a0"])] * 10
    with pytest.raises(ValueError, match="too large"):
        converter.convert(values["a9"])

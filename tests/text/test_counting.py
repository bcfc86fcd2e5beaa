import pytest

from blog_api.text.rendering.counting import measure


@pytest.mark.parametrize(
    ("content", "words", "minutes"),
    [
        ("", 0, 0),
        ("\n --- \n", 0, 0),
        ("# Hello, *world*", 2, 1),
        ("[a link](https://example.com/b/c) and `code`", 4, 1),
        ("don't well-known 3.5", 3, 1),
        ("word " * 477, 477, 3),
        ("你好，世界", 4, 1),
        ("Python は楽しい", 5, 1),
    ],
)
def test_words_and_minutes(content: str, words: int, minutes: int) -> None:
    assert measure(content) == (words, minutes)

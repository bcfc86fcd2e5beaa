import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.text.words import fold_letters, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, world!", ["hello", "world"]),
        ("open-source  C don't", ["open", "source", "c", "don", "t"]),
        ("C++ c# (C++), `C#`; C++17", ["cplusplus", "csharp", "cplusplus", "csharp", "cplusplus", "17"]),
        ("abc++ topic#a c+ #c c++C++", ["abc", "topic", "a", "c", "c", "cplusplus", "c"]),
        ("https://digital.gov/a_b?c=1&d#e", ["https", "digital", "gov", "a", "b", "c", "1", "d", "e"]),
        ("Café CAFÉ cafe\u0301 Ångström Việt", ["cafe", "cafe", "cafe", "angstrom", "viet"]),
        ("“quoted” – dashed… 20 €", ["quoted", "dashed", "20"]),
        ("Straße STRAẞE İstanbul", ["strasse", "strasse", "istanbul"]),
        ("Łódź Smørrebrød Đường Işık", ["lodz", "smorrebrod", "duong", "isik"]),
        ("Ærø Œuvre Þingvellir Ðe Ǿ ǽ ø\u0301", ["aero", "oeuvre", "thingvellir", "de", "o", "ae", "o"]),
        ("ΣΑΣ йод ЙОД", ["σασ", "йод", "йод"]),
        ("हिन्दी ภาษาไทย", ["हिन्दी", "ภาษาไทย"]),
        ("日本語、です。ABC", ["日本語", "です", "abc"]),
        ("5 m² ❤️ 🎉", ["5", "m"]),
        ("", []),
        ("?!", []),
    ],
)
def test_words_are_folded_letters_and_digits(text, words):
    assert words_of(text) == words


@given(st.text())
def test_folding_keeps_the_length(text):
    assert len(fold_letters(text)) == len(text)


@given(st.text())
def test_splitting_is_idempotent(text):
    words = words_of(text)
    assert words_of(" ".join(words)) == words

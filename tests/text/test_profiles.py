"""Author profiles read from files."""

import pytest

from blog_api.text.documents import Profile, read_profile
from blog_api.text.issues import Refused


@pytest.mark.parametrize(
    ("lines", "profile"),
    [
        ("slug: jane.roe\ndisplay_name: ' Jane  Roe'\nbio: Hi", Profile("jane.roe", "Jane Roe", "Hi")),
        ("display_name: ''\nfirst_name: Jane\nlast_name: 'Roe '", Profile("jane", "Jane Roe", "Body")),
        ("name: Jane\ntitle: Boss", Profile("jane", "Jane", "Body")),
        ("title: Jane\nslug: ~\ndescription: Hi", Profile("jane", "Jane", "Hi")),
        ("last_name: Roe", Profile("jane", "Roe", "Body")),
    ],
)
@pytest.mark.parametrize("path", ["authors/jane/_index.md", "authors/jane.md", "jane/index.md"])
def test_profiles_are_read(lines: str, profile: Profile, path: str) -> None:
    assert read_profile(f"---\n{lines}\n---\n\nBody\n", path) == profile


def test_a_profile_without_a_name_is_rejected() -> None:
    with pytest.raises(Refused, match="line 1: name is missing"):
        read_profile("---\nslug: jane\n---\n", "jane.md")

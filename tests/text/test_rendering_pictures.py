"""Tests of the pictures of the service in rendered Markdown."""

import pytest

from blog_api.text.media_paths import describe_variants
from blog_api.text.rendering import Pictures, render

KEY, OTHER = "0f" * 16, "ab" * 16
VARIANTS = describe_variants(KEY, [{"width": 320, "height": 160}, {"width": 640, "height": 320}])
PATH = f"/media/{KEY}/640.webp"


def html(content: str, root: str = "") -> str:
    pictures = Pictures(root, {KEY: VARIANTS})
    return render(content, base_url="https://site.example/", trusted=True, pictures=pictures).html


@pytest.mark.parametrize("root", ["", "https://api.example", "https://api.example/blog"])
def test_a_picture_has_all_its_sizes(root: str) -> None:
    shown = root or "https://site.example"
    sizes = f"{shown}/media/{KEY}/320.webp 320w, {shown}/media/{KEY}/640.webp 640w"
    expected = (
        f'<img src="{shown}{PATH}" alt="a" srcset="{sizes}" sizes="auto, (max-width: 640px) 100vw, 640px"'
        ' loading="lazy" width="640" height="320">'
    )
    assert expected in html(f"![a]({PATH})", root)
    assert expected in html(f"![a]({root}{PATH})", root)


@pytest.mark.parametrize("root", ["", "https://api.example/blog"])
def test_a_link_to_a_picture_leads_to_the_service(root: str) -> None:
    shown = root or "https://site.example"
    assert f'<a href="{shown}{PATH}">' in html(f"[![a]({PATH})]({PATH})", root)
    assert f'<a href="{shown}{PATH}?x#y">' in html(f"[a]({root}{PATH}?x#y)", root)
    assert f'<a href="https://site.example/media/{OTHER}/1.webp">' in html(
        f"[a](/media/{OTHER}/1.webp)", root
    )


def test_the_size_that_the_author_chose_is_kept() -> None:
    assert 'width="320" height="160"' in html(f"![](/media/{KEY}/320.webp)")
    assert 'width="50"' in html(f'<img src="{PATH}" width="50">')
    assert "height=" not in html(f'<img src="{PATH}" width="50">')


def test_a_size_that_does_not_exist_becomes_the_largest() -> None:
    assert f'{PATH}" alt' in html(f"![](/media/{KEY}/1920.webp)")


@pytest.mark.parametrize(
    "url",
    [
        f"/media/{OTHER}/640.webp",
        f"https://elsewhere.example{PATH}",
        f"/x{PATH}",
        f"{PATH}x",
        "/media/x/640.webp",
    ],
)
def test_other_images_have_one_size(url: str) -> None:
    assert "srcset" not in html(f"![]({url})")


@pytest.mark.parametrize("image", [f'<img src="{PATH}" {{}}>', '<img src="x.png" {}>'])
@pytest.mark.parametrize("name", ["srcset", "sizes", "loading", "SRCSET"])
def test_authors_cannot_set_generated_attributes(image: str, name: str) -> None:
    assert "evil" not in html(image.format(f'{name}="https://evil.example/ 2x"'))

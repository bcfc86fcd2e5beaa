from hypothesis import given
from hypothesis import strategies as st

from blog_api.media.variants import variant_sizes

SIDES = st.integers(1, 10**6)


def widths(width: int, height: int) -> list[int]:
    return [each for each, _ in variant_sizes(width, height)]


def test_widths_are_fixed_up_to_that_of_the_picture():
    assert widths(6000, 4000) == [320, 640, 1280, 1920, 2560]
    assert widths(2560, 1) == [320, 640, 1280, 1920, 2560]
    assert widths(2000, 1000) == [320, 640, 1280, 1920, 2000]
    assert widths(1000, 1000) == [320, 640, 1000]
    assert widths(640, 480) == [320, 640]
    assert widths(1, 1) == [1]


def test_variants_keep_the_proportions():
    assert variant_sizes(6000, 4000)[-1] == (2560, 1707)
    assert variant_sizes(641, 999) == [(320, 499), (640, 997), (641, 999)]


def test_the_largest_variant_has_at_most_six_megapixels():
    assert variant_sizes(4000, 6000)[-1] == (2000, 3000)
    assert variant_sizes(2449, 2449)[-1] == (2449, 2449)
    assert variant_sizes(2450, 2450)[-1] == (2449, 2449)


def test_tall_and_flat_pictures_fit_into_webp():
    assert variant_sizes(300, 100_000) == [(49, 16333)]
    assert variant_sizes(1, 50_000_000) == [(1, 16383)]
    assert variant_sizes(50_000_000, 1)[-1] == (2560, 1)


@given(SIDES, SIDES)
def test_every_picture_has_ascending_variants_within_the_limits(width, height):
    sizes = variant_sizes(width, height)
    assert sizes == sorted(set(sizes))
    assert all(each * high <= 6_100_000 for each, high in sizes)
    assert all(1 <= each <= min(width, 2560) and 1 <= high <= 16383 for each, high in sizes)

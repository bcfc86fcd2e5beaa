"""Progress bars."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def progress(items: Iterable[Item], total: int | None = None) -> Iterable[Item]:
    """Yield the items, and show on standard error how many posts are done, if that is a terminal."""
    return tqdm(items, total=total, desc="posts", unit="post", disable=None)

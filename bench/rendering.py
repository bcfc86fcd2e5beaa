"""`python -m bench.rendering`: print the CPU time of rendering and of counting words.

Ordinary content of 3 kB and 30 kB is rendered with and without code. Hostile content of 500 kB, the maximum of a post,
shows how close the slowest kinds come to the limit.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from statistics import median

from blog_api.text.rendering import TooComplex, render
from blog_api.text.rendering.counting import measure
from tests.text.long_content import FAMILIES

SIZES = (3_000, 30_000)
HOSTILE_SIZE = 500_000
SLOWEST = 10
PROSE = """## A heading

Some *emphasis*, some **strong text**, `code`, a [link](/about/ "About") and https://example.com/page?a=b. The rest of
this paragraph is as long as those that people write, with a footnote[^note] and an image: ![A cat](cat.jpg).

[^note]: The footnote, with a sentence of its own.

- a list
- [x] of three
- items

| left | right |
|:-----|------:|
| a    |     1 |

> A quote.

"""
CODE = '''```python
def greet(name: str, *, times: int = 1) -> list[str]:
    """Return greetings."""
    return [f"Hello, {name}!" for _ in range(times)]  # one for each
```

'''


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(prog="bench.rendering", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="renderings of ordinary content (default 20)")
    options = parser.parse_args()
    print("| content | rendering ms | counting ms |\n|---|--:|--:|")
    for size in SIZES:
        for name, unit in (("without code", PROSE), ("with code", PROSE + CODE)):
            print_row(f"{size // 1000} kB {name}", repeat(unit, size), options.rounds)
    print(f"\nThe slowest of {len(FAMILIES)} kinds of hostile content of {HOSTILE_SIZE // 1000} kB:\n")
    print("| content | rendering ms | counting ms |\n|---|--:|--:|")
    measured = [(measure_rendering(FAMILIES[name](HOSTILE_SIZE)), name) for name in FAMILIES]
    for (taken, outcome), name in sorted(measured, reverse=True)[:SLOWEST]:
        counting = cpu_ms(partial(measure, FAMILIES[name](HOSTILE_SIZE)))
        print(f"| {name!r}{outcome} | {taken:.0f} | {counting:.0f} |", flush=True)


def repeat(unit: str, size: int) -> str:
    """Repeat whole units up to about `size` characters."""
    return unit * max(1, round(size / len(unit)))


def print_row(name: str, content: str, rounds: int) -> None:
    """Print the medians of one kind of ordinary content."""
    rendering = median(measure_rendering(content)[0] for _ in range(rounds))
    counting = median(cpu_ms(partial(measure, content)) for _ in range(rounds))
    print(f"| {name} | {rendering:.2f} | {counting:.2f} |", flush=True)


def measure_rendering(content: str) -> tuple[float, str]:
    """Return the CPU time of rendering in milliseconds, and a note if it was refused."""
    outcome = ""

    def run() -> None:
        nonlocal outcome
        try:
            render(content, base_url="https://blog.example/", trusted=False)
        except TooComplex:
            outcome = " (refused)"

    return cpu_ms(run), outcome


def cpu_ms(function: Callable[[], object]) -> float:
    """Return the CPU time of a call in milliseconds."""
    start = time.process_time()
    function()
    return (time.process_time() - start) * 1000


if __name__ == "__main__":
    main()

"""`python -m bench.export`: export large blogs, and measure the time and the memory.

Write blogs of 10,000 and 100,000 posts to a database, and run `flask export` on each, once per format. Print the
seconds, the size of the export, and the peak memory of the command, which must not depend on the number of posts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.data import Blog, fill
from bench.databases import open_database
from bench.load import BenchError
from bench.processes import peak_mb

FORMATS = ("markdown", "ndjson")
# For 100,000 posts as Markdown, and the growth of the peak from the smallest to the largest blog, in megabytes.
MAX_SECONDS, MAX_GROWTH_MB = 120, 10
# Between two readings of the memory.
PAUSE = 0.05


class Figures(NamedTuple):
    """The seconds of one export and of its CPU time, its peak memory and the size of its files in megabytes."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    size_mb: float


def main() -> None:
    """Create the blogs, export each of them, and print the figures."""
    parser = argparse.ArgumentParser(prog="bench.export", description=__doc__)
    parser.add_argument("--posts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    options = parser.parse_args()
    print("| database | posts | format | seconds | CPU seconds | peak memory, MB | files, MB |")
    print("|---|--:|---|--:|--:|--:|--:|")
    peaks: dict[str, list[float]] = {}
    for posts in sorted(options.posts):
        with (
            tempfile.TemporaryDirectory() as folder,
            open_database(options.database, Path(folder)) as database,
        ):
            fill(database.url, Blog(posts))
            for form in FORMATS:
                found = export(database.url, Path(folder), form)
                peaks.setdefault(form, []).append(found.peak_mb)
                times = f"{found.seconds:.1f} | {found.cpu_seconds:.1f}"
                figures = f"{times} | {found.peak_mb:.1f} | {found.size_mb:.0f}"
                print(f"| {database.version} | {posts:,} | {form} | {figures} |", flush=True)
    print(f"\nAt most {MAX_SECONDS} s for 100,000 posts as Markdown, and {MAX_GROWTH_MB} MB more memory:")
    for form, found_peaks in peaks.items():
        print(f"{form}: {found_peaks[-1] - found_peaks[0]:+.1f} MB")


def export(url: str, folder: Path, form: str) -> Figures:
    """Run the command in a process of its own. Raises BenchError if it fails."""
    target, log = folder / form, folder / f"{form}.log"
    environment = {
        **os.environ,
        "APP_ENV": "testing",
        "DATABASE_URL": url,
        "MEDIA_STORE": str(folder / "media"),
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "export", str(target), "--format", form]
    begun, peak = time.monotonic(), 0.0
    cpu_before = cpu_of_children()
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
        while process.poll() is None:
            # The process can end meanwhile.
            with contextlib.suppress(OSError, StopIteration):
                peak = max(peak, peak_mb(process.pid))
            time.sleep(PAUSE)
    seconds = time.monotonic() - begun
    if process.returncode:
        raise BenchError(f"the export failed: {log.read_text()[-500:]}")
    size = sum(path.stat().st_size for path in target.rglob("*"))
    return Figures(seconds, cpu_of_children() - cpu_before, peak, size / 1_000_000)


def cpu_of_children() -> float:
    """Return the CPU seconds of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()

"""`python -m bench.uploads`: upload large pictures concurrently, and measure the effect on other requests.

Two workers serve a small blog while ten 24-megapixel JPEGs arrive at the same time. Print how long the uploads take,
the largest memory of a worker (VmHWM), and the response times of other requests before and during the uploads.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles

from PIL import Image

from bench.databases import open_database
from bench.processes import peak_mb, process_tree
from bench.sides import Side, blog_api
from tests.apps import SECRET, migrate, running_app
from tests.people import create_person

SIZE = (6000, 4000)
MAX_MB, MAX_P99_MS = 200, 250
# Threads that send other requests, and the pause between the requests of each.
READERS, PAUSE = 4, 0.02
SECONDS_BEFORE = 5


def main() -> None:
    """Run the uploads and print the figures."""
    parser = argparse.ArgumentParser(prog="bench.uploads", description=__doc__)
    parser.add_argument("--uploads", type=int, default=10, help="concurrent uploads (default 10)")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    options = parser.parse_args()
    pictures = [make_picture(number) for number in range(options.uploads)]
    with tempfile.TemporaryDirectory() as folder, open_database(options.database, Path(folder)) as database:
        with running_app(migrate(database.url)) as app:
            author = create_person(app, "author", "ada")
            author.write("Hello")
        # The token of the author is signed with this key.
        with blog_api(database.url, MEDIA_STORE=f"{folder}/media", SECRET_KEY=SECRET) as side:
            report(side, author.headers, pictures)


def make_picture(seed: int) -> bytes:
    """Return a JPEG with noise, because a photo does not compress well either."""
    noise = Image.frombytes("L", (SIZE[0] // 8, SIZE[1] // 8), os.urandom(SIZE[0] * SIZE[1] // 64))
    buffer = io.BytesIO()
    bands = [noise.rotate(90 * (seed + turn)).resize(SIZE, Image.Resampling.BICUBIC) for turn in range(3)]
    Image.merge("RGB", bands).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def report(side: Side, headers: dict[str, str], pictures: list[bytes]) -> None:
    """Upload the pictures, and print the figures beside their limits."""
    with reading(side.url) as before:
        time.sleep(SECONDS_BEFORE)
    begun = time.monotonic()
    with reading(side.url) as during, ThreadPoolExecutor(len(pictures)) as pool:
        statuses = list(pool.map(lambda picture: upload(side.url, headers, picture), pictures))
    seconds = time.monotonic() - begun
    print("| figure | measured | at most |\n|---|--:|--:|")
    print(f"| uploads stored | {statuses.count(201)} of {len(pictures)} in {seconds:.1f} s | |")
    print(f"| memory of the largest worker, MB | {worker_peak_mb(side.pid):.0f} | {MAX_MB} |")
    print(f"| p99 of other requests before, ms | {p99_ms(before):.0f} | |")
    print(f"| p99 of other requests during the uploads, ms | {p99_ms(during):.0f} | {MAX_P99_MS} |")


def upload(url: str, headers: dict[str, str], picture: bytes) -> int:
    """Upload a picture, and return the status of the response."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n\r\n'
    sent = {**headers, "Content-Type": "multipart/form-data; boundary=x"}
    with contextlib.closing(HTTPConnection(url.removeprefix("http://"), timeout=120)) as connection:
        # The service may respond before it has received everything.
        with contextlib.suppress(BrokenPipeError):
            connection.request("POST", "/api/v1/media", head + picture + b"\r\n--x--\r\n", sent)
        response = connection.getresponse()
        body = response.read()
    if response.status != 201:
        print(response.status, body[:300].decode())
    return response.status


@contextmanager
def reading(url: str) -> Iterator[list[float]]:
    """Read lists and posts during the block. Yield the response times in seconds, complete at its end."""
    times, stop = list[float](), threading.Event()

    def read() -> None:
        while not stop.wait(PAUSE):
            for path in ("posts", "posts/1", "tags"):
                begun = time.monotonic()
                with urllib.request.urlopen(f"{url}/api/v1/{path}", timeout=30) as response:
                    response.read()
                times.append(time.monotonic() - begun)

    threads = [threading.Thread(target=read) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        yield times
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def p99_ms(seconds: list[float]) -> float:
    """Return the 99th percentile in milliseconds."""
    return quantiles(seconds, n=100)[-1] * 1000


def worker_peak_mb(root: int) -> float:
    """Return the largest memory that a worker has used so far."""
    return max(peak_mb(pid) for pid in process_tree(root) if pid != root)


if __name__ == "__main__":
    main()

"""Pictures are encoded one at a time, in little memory and after requests."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from blog_api.media import encoding, pictures
from blog_api.problems import Unavailable
from tests.media.samples import encode, gradient, jpeg, rejection, save

STATUS = Path("/proc/self/status")
MEGABYTES = """
import re, sys, threading
from pathlib import Path
from blog_api.media.pictures import encode_picture

def measure(name):
    return int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024

def upload():
    with open(sys.argv[1], "rb") as file:
        widths.append([variant.width for variant in encode_picture(file, "image/jpeg", 50_000_000)])

widths, before = [], measure("VmRSS")
threads = [threading.Thread(target=upload) for _ in range(int(sys.argv[2]))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert widths == [[320, 640, 1280, 1920, 2560]] * len(threads)
print(measure("VmHWM") - before)
"""


def test_many_threads_get_their_own_pictures():
    sizes = [(100 + number, 50) for number in range(20)]
    with ThreadPoolExecutor(10) as pool:
        encoded = list(pool.map(lambda size: encode(save(gradient(*size), "PNG")), sizes))
        rejected = list(pool.map(lambda file: rejection(file)[0], [jpeg()[:-2], jpeg() + b"a"] * 5))
    assert [(variant.width, variant.height) for (variant,) in encoded] == sizes
    assert rejected == ["truncated", "foreign_data"] * 5


def test_one_picture_is_encoded_at_a_time(monkeypatch):
    running, most = [], []

    def watch(*args):
        running.append(threading.current_thread())
        most.append(len(running))
        try:
            return encoding.encode_variants(*args)
        finally:
            running.pop()

    monkeypatch.setattr(pictures, "encode_variants", watch)
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(encode, [jpeg()] * 10))
    assert most == [1] * 10


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority per thread")
def test_requests_get_the_processor_first(monkeypatch):
    seen = []

    def watch(*args):
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return encoding.encode_variants(*args)

    monkeypatch.setattr(pictures, "encode_variants", watch)
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    encode(jpeg())
    assert seen == [min(19, max(own, pictures.NICENESS))]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == own


def test_a_process_forked_later_encodes_too():
    code = """
import os, sys
from io import BytesIO
from blog_api.media.pictures import encode_picture
file = sys.stdin.buffer.read()
encode_picture(BytesIO(file), None, 10**6)
child = os.fork()
if child == 0:
    os._exit(len(encode_picture(BytesIO(file), None, 10**6)))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    command = [sys.executable, "-c", code]
    assert int(subprocess.run(command, input=jpeg(), capture_output=True, check=True, timeout=60).stdout) == 2


@pytest.mark.skipif(not STATUS.exists(), reason="/proc with the memory of a process is missing")
def test_pictures_of_24_megapixels_take_little_memory(tmp_path):
    path = tmp_path / "picture.jpg"
    Image.linear_gradient("L").resize((6000, 4000)).convert("RGB").save(path, quality=60)
    command = [sys.executable, "-c", MEGABYTES, str(path), "3"]
    result = subprocess.run(command, capture_output=True, check=True, text=True, timeout=120)
    assert int(result.stdout) < 90


def test_the_file_stays_open_and_belongs_to_the_caller():
    file = BytesIO(jpeg())
    assert pictures.encode_picture(file, None, 10**6) == pictures.encode_picture(file, None, 10**6)
    assert not file.closed


def test_running_out_of_memory_is_not_an_error_of_the_file(monkeypatch):
    def fail(*args):
        raise MemoryError

    monkeypatch.setattr(encoding, "_decode", fail)
    with pytest.raises(Unavailable, match="not enough memory"):
        encode(jpeg())

"""Drive headless Chromium over the pipe of its DevTools protocol, without network access."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.tools import require

OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-pipe",
)  # fmt: skip
# Chromium reads commands from file descriptor 3 and writes to 4.
START = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
WAIT = """
new Promise((resolve, reject) => {
  const end = Date.now() + 60000;
  const look = () => {
    let found;
    try { found = (() => %s)(); } catch (error) { found = null; }
    if (found) resolve(found);
    else if (Date.now() > end) reject(new Error("timed out"));
    else setTimeout(look, 50);
  };
  look();
})
"""


class Tab:
    """A tab of the browser."""

    def __init__(self, commands: int, replies: Any) -> None:
        self._commands, self._replies, self._ids = commands, replies, itertools.count(1)
        self._session: dict[str, str] = {}
        target = self.call("Target.createTarget", url="about:blank")
        attached = self.call("Target.attachToTarget", **target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result. Events in between are skipped."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters, **self._session}
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            reply = json.loads(self._read())
            if reply.get("id") == number:
                assert "error" not in reply, reply
                return dict(reply["result"])

    def _read(self) -> bytes:
        message = bytearray()
        while (byte := self._replies.read(1)) != b"\0":
            assert byte, "the browser has ended"
            message += byte
        return bytes(message)

    def open_another(self) -> Tab:
        """Return a new tab, which does not share the session storage of this one."""
        return Tab(self._commands, self._replies)

    def open(self, url: str, *, width: int = 1280, height: int = 900) -> None:
        """Open a page in a window of this size."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.call("Page.navigate", url=url)

    def bring_to_front(self) -> None:
        """Show this tab. Some events, such as the closing of a dialog, reach only a tab that is shown."""
        self.call("Page.bringToFront")

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression, or of the promise that it returns."""
        done = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, (script, done)
        return done["result"].get("value")

    def wait(self, script: str) -> Any:
        """Return the value of an expression once it is true."""
        return self.evaluate(WAIT % script)

    def click(self, selector: str) -> None:
        """Click the first element that matches, once it is there."""
        self.wait(f"document.querySelector({json.dumps(selector)}) !== null")
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def screenshot(self, path: Path) -> None:
        """Save a picture of the window."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


@contextlib.contextmanager
def browser(folder: Path) -> Iterator[Tab]:
    """Run Chromium with a new profile in `folder`. Skip the test if it is missing."""
    program = require("chromium")
    commands_in, commands = os.pipe()
    replies, replies_out = os.pipe()
    chromium = [program, *OPTIONS, f"--user-data-dir={folder / 'profile'}"]
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(commands_in), str(replies_out), *chromium],
        pass_fds=(commands_in, replies_out),
        stderr=subprocess.DEVNULL,
    )
    os.close(commands_in)
    os.close(replies_out)
    try:
        with os.fdopen(replies, "rb") as stream:
            tab = Tab(commands, stream)
            yield tab
    finally:
        os.close(commands)
        process.terminate()
        process.wait(30)

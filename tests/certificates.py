"""Self-signed certificates for TLS tests."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postgres import server_account
from tests.tools import require


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files of a certificate and its key, which only the server account can read."""

    file: Path
    key: Path


def insecure_context() -> ssl.SSLContext:
    """Return a TLS context that accepts self-signed certificates."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@contextmanager
def self_signed(*names: str) -> Iterator[Certificate]:
    """Create a temporary certificate for these names and 127.0.0.1. Skip the test if openssl is missing."""
    openssl, account = require("openssl"), server_account()
    folder = Path(tempfile.mkdtemp(prefix="blog-certificate-"))
    made = Certificate(folder / "server.crt", folder / "server.key")
    others = ",".join(["IP:127.0.0.1", *(f"DNS:{name}" for name in names)])
    try:
        command = [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "1",
            "-subj",
            "/CN=blog-tests",
        ]
        command += ["-addext", f"subjectAltName={others}", "-keyout", str(made.key), "-out", str(made.file)]
        subprocess.run(command, check=True, capture_output=True)
        made.key.chmod(0o600)
        folder.chmod(0o755)
        for path in (folder, made.file, made.key):
            os.chown(path, account.uid, account.gid)
        yield made
    finally:
        shutil.rmtree(folder)

"""The error of requests to other hosts."""

from __future__ import annotations


class RequestFailed(Exception):
    """There was no complete response. The message says why, in one sentence without secrets."""


class RequestAborted(RequestFailed):
    """The request was aborted because this process stops."""

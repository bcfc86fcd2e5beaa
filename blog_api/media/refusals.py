"""The errors for files that are not accepted."""

from __future__ import annotations

from blog_api.problems import Fault, InvalidInput


def refusal(code: str, detail: str) -> InvalidInput:
    """Return the error for a file that is rejected."""
    return InvalidInput(faults=[Fault(detail, code, "/file")])


def truncated() -> InvalidInput:
    """Return the error for a file that ends too early."""
    return refusal("truncated", "The file ends before the picture does. Upload the complete file.")


def unreadable(reason: str) -> InvalidInput:
    """Return the error for a file that is malformed, or costs too much to read."""
    return refusal("invalid", f"The picture cannot be read: {reason}.")


def appended(length: int) -> InvalidInput:
    """Return the error for a file that continues after the end of its picture."""
    detail = f"Data follows the end of the picture ({length:,} B). Save it again in an image editor."
    return refusal("foreign_data", detail)

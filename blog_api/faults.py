"""Single errors in the input of a request."""

from __future__ import annotations

from dataclasses import dataclass

MAX_LOCATION, MAX_FAULTS = 100, 100


@dataclass(frozen=True, slots=True)
class Fault:
    """A single input error, located by a JSON pointer into the body or by the name of a parameter."""

    detail: str
    code: str
    pointer: str | None = None
    parameter: str | None = None

    def as_dict(self) -> dict[str, str]:
        location = {"parameter": self.parameter} if self.pointer is None else {"pointer": self.pointer}
        return {**location, "detail": self.detail, "code": self.code}  # type: ignore[dict-item]


def summarize(faults: tuple[Fault, ...]) -> str:
    """Return the first fault with its location and the number of the others, or "" if there are none."""
    if not faults:
        return ""
    location, text = faults[0].pointer or faults[0].parameter, faults[0].detail
    # The name of an unknown field can be as long as the body; `errors` has it in full.
    if location and len(location) <= MAX_LOCATION:
        text = f"{location}: {text}"
    return f"{text} (And {len(faults) - 1} more.)" if len(faults) > 1 else text

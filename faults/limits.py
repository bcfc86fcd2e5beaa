"""The results of a case, and its limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from faults.load import NoConnection, Outcome

if TYPE_CHECKING:
    from faults.cases import Case

MAX_RECOVERY = 1.0
MAX_PAST_DEADLINE = 0.5
UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Limit:
    """A measured value and its maximum."""

    label: str
    value: float
    maximum: float = 0
    unit: str = ""

    @property
    def is_met(self) -> bool:
        return self.value <= self.maximum

    def __str__(self) -> str:
        return f"{self.label} {self.value:,.4g}{self.unit} (at most {self.maximum:,g}{self.unit})"


@dataclass(slots=True)
class Result:
    """The results of a case. `own` contains the limits that only this case has.

    `skipped` is the reason why the case could not run here, `failed` describes an expected event that did not happen.
    """

    case: Case
    sent: int = 0
    good: int = 0
    unavailable: int = 0
    other: int = 0
    unconnected: int = 0
    unanswered: int = 0
    acknowledged: int = 0
    lost: int = 0
    refused_yet_applied: int = 0
    unknown: int = 0
    retried: int = 0
    retried_wrongly: int = 0
    # Posts whose counts of comments and likes are wrong.
    miscounted: int = 0
    longest: float = 0
    # The request deadline of the service in seconds.
    deadline: float = 0
    recovery: float = 0
    own: Sequence[Limit] = ()
    skipped: str = ""
    failed: str = ""
    # Unsuccessful responses, and how often each occurred.
    answers: Counter[str] = field(default_factory=Counter)

    def count(self, outcomes: Sequence[Outcome], ended: float) -> None:
        """Count the outcomes of the requests. The fault ended at `ended`, in monotonic time."""
        self.sent = len(outcomes)
        self.good = sum(outcome.is_good for outcome in outcomes)
        self.unavailable = sum(outcome.status == UNAVAILABLE for outcome in outcomes)
        self.unconnected = sum(outcome.error is NoConnection for outcome in outcomes)
        self.unanswered = sum(not outcome.status for outcome in outcomes) - self.unconnected
        self.other = self.sent - self.good - self.unavailable - self.unconnected - self.unanswered
        # Uploads have a longer deadline.
        others = (outcome.seconds for outcome in outcomes if not outcome.request.is_upload)
        self.longest = max(others, default=0)
        self.recovery = max((bad.sent - ended for bad in outcomes if not bad.is_good), default=0)
        self.recovery = max(self.recovery, 0)
        self.answers.update(_describe(outcome) for outcome in outcomes if not outcome.is_good)

    @property
    def exceeded(self) -> list[Limit]:
        """The limits that were exceeded."""
        return [limit for limit in (*_limits(self), *self.own) if not limit.is_met]


def _limits(result: Result) -> Iterator[Limit]:
    case = result.case
    if result.failed:
        yield Limit(result.failed, 1)
    yield Limit("responses other than 2xx and 503", result.other)
    yield Limit("lost", result.lost)
    yield Limit("refused but applied", result.refused_yet_applied)
    yield Limit("wrong responses to a retried key", result.retried_wrongly)
    yield Limit("posts with wrong counts of comments or likes", result.miscounted)
    yield Limit("longest", result.longest, result.deadline + MAX_PAST_DEADLINE, " s")
    yield Limit("recovery", result.recovery, MAX_RECOVERY, " s")
    if not case.breaks_connections:
        yield Limit("no response", result.unanswered)
    if not case.refuses_connections:
        yield Limit("no connection", result.unconnected)
    if case.seamless:
        yield Limit("503", result.unavailable)


def _describe(outcome: Outcome) -> str:
    if outcome.reply is None:
        return outcome.error.__name__ if outcome.error else ""
    return f"{outcome.request.method} {outcome.status} {outcome.reply.body[:200].decode('utf-8', 'replace')}"

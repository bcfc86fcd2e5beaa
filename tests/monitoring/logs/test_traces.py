"""Log lines contain the id of the trace that a client has started (W3C Trace Context), or OpenTelemetry."""

from __future__ import annotations

import json
import logging

import pytest

from tests.databases import on_one_database

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


@on_one_database
@pytest.mark.parametrize(
    "given",
    [
        f"00-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-00",
        f"cc-{TRACE}-{PARENT}-01",
        f"01-{TRACE}-{PARENT}-01-more",
    ],
)
def test_the_trace_id_of_the_client_is_logged(logged, given):
    client, lines = logged(LOG_FORMAT="json")
    client.get("/api/v1/tags", headers={"traceparent": given})
    client.get("/api/v1/tags")
    first, second = map(json.loads, lines())
    assert first["trace_id"] == TRACE
    assert "trace_id" not in second


@on_one_database
@pytest.mark.parametrize(
    "given",
    ["", "x", f"00-{TRACE}-{PARENT}", f"ff-{TRACE}-{PARENT}-01", f"00-{'0' * 32}-{PARENT}-01",
     f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE.upper()}-{PARENT}-01", f"00-{TRACE}-{PARENT}-01-more",
     f"00-{TRACE}-{PARENT}-01\n{TRACE}"],
)  # fmt: skip
def test_an_invalid_traceparent_is_ignored(logged, given):
    client, lines = logged(LOG_FORMAT="json")
    client.get("/api/v1/tags", environ_overrides={"HTTP_TRACEPARENT": given})
    (line,) = lines()
    assert "trace_id" not in json.loads(line)


@on_one_database
def test_text_lines_contain_the_trace_id(logged):
    client, lines = logged(LOG_FORMAT="text")
    client.get("/api/v1/tags", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    assert f" trace_id='{TRACE}' " in lines()[0]


class TracedRecord(logging.LogRecord):
    """A log record as OpenTelemetry creates it, which has begun a trace of its own."""

    otelTraceID = "a" * 32  # noqa: N815 - the name that OpenTelemetry uses


@on_one_database
def test_the_trace_id_of_opentelemetry_is_logged(logged):
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(TracedRecord)
    try:
        client, lines = logged(LOG_FORMAT="json")
        client.get("/api/v1/tags")
    finally:
        logging.setLogRecordFactory(before)
    assert [json.loads(line)["trace_id"] for line in lines()] == ["a" * 32]

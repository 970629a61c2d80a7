"""``otel = true`` reports calls to a collector, within the trace that a client names."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from chimeric_gateway import ConfigError, load
from chimeric_gateway.serve import telemetry
from chimeric_testing import LoopbackServer, SeenRequest

pytest.importorskip("chimeric_sim", reason="the simulator answers here")
otlp = pytest.importorskip(
    "opentelemetry.exporter.otlp.proto.http", reason="OpenTelemetry is an extra"
)
pytest.importorskip("chimeric_otel", reason="OpenTelemetry is an extra")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="it is stopped by signals")

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def collector() -> Iterator[LoopbackServer]:
    def take(request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"

    with LoopbackServer(take) as server:
        yield server


def spans_of(collector: LoopbackServer) -> list[Any]:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    found: list[Any] = []
    for request in collector.requests:
        if request.path == "/v1/traces":
            told = ExportTraceServiceRequest.FromString(_plain(request))
            for resource in told.resource_spans:
                names = {a.key: a.value.string_value for a in resource.resource.attributes}
                assert names["service.name"] == "chimeric-gateway"
                found += [span for scope in resource.scope_spans for span in scope.spans]
    return found


def _plain(request: SeenRequest) -> bytes:
    import gzip

    packed = request.headers.get("content-encoding") == "gzip"
    return gzip.decompress(request.body) if packed else request.body


def test_a_call_is_a_span_of_the_clients_trace(
    start: Callable[..., Any], collector: LoopbackServer
) -> None:
    gateway = start(
        toml='otel = true\n[models.fast]\nmodel = "sim:echo"\n',
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
    )
    httpx.post(
        f"{gateway.url}/v1/chat/completions",
        json={"model": "fast", "messages": [{"role": "user", "content": "swordfish"}]},
        headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"},
        timeout=60,
        trust_env=False,
    ).raise_for_status()
    assert gateway.stop() == 0, gateway.err
    (span,) = [span for span in spans_of(collector) if span.name.startswith("chat")]
    assert span.trace_id.hex() == TRACE
    assert span.parent_span_id.hex() == "00f067aa0ba902b7"
    assert {"/v1/traces", "/v1/metrics"} == {request.path for request in collector.requests}
    assert not any(b"swordfish" in _plain(request) for request in collector.requests)


def test_without_the_setting_nothing_is_reported(
    start: Callable[..., Any], collector: LoopbackServer
) -> None:
    gateway = start(
        toml='[models.fast]\nmodel = "sim:echo"\n', OTEL_EXPORTER_OTLP_ENDPOINT=collector.url
    )
    body = {"model": "fast", "messages": [{"role": "user", "content": "Hello"}]}
    httpx.post(f"{gateway.url}/v1/chat/completions", json=body, trust_env=False, timeout=60)
    assert gateway.stop() == 0
    assert collector.requests == []


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ConfigError, match=r"pip install 'chimeric-gateway\[otel\]'"):
        telemetry.begin()
    monkeypatch.setitem(sys.modules, "chimeric_otel", None)  # Python's word for "not to be had"
    with pytest.raises(ConfigError, match="otel: this needs chimeric-otel"):
        load({"otel": True})

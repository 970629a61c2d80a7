"""Every fault upstream reaches the gateway's client as its protocol's error, or as a body that is
cut off; never as an answer that ended well, and never with anything of the upstream's own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from chimeric_testing import SeenRequest

from chimeric import Chimeric
from tests.gateway.asking import PROTOCOLS, body
from tests.gateway.heard import Heard, hear, read
from tests.gateway.running import UPSTREAM_KEY, in_process
from tests.gateway.upstream import ENDPOINTS, Upstream

from .cases import APPLICABLE, Case
from .dialects import DIALECTS, Dialect

BEFORE_CONTENT = {
    name
    for case, _ in APPLICABLE
    if (name := case.name) and (case.fault.kept == "none" or case.fault.requests > case.fault.calls)
}
"""Faults that come before any content, since the gateway does not retry by itself."""

STATUSES: dict[str, tuple[int, ...]] = {
    "400": (400,), "404": (404,), "413": (413,), "422": (422,), "429": (429,),
    "401": (502,), "403": (502,), "408": (503,), "409": (503,),
}  # fmt: skip
"""What a status of the upstream becomes; any other is a 502 or 503."""

RETRY_AFTER = {
    "429-retry-after-s": ("1",),
    "429-retry-after-ms": ("0.3", "1", None),
    "429-retry-after-huge": ("86400",),
    "429-retry-after-date": ("1", "2", "3"),
}


class Played(NamedTuple):
    """A fault of a dialect upstream, and what the client speaks."""

    case: Case
    dialect: Dialect
    protocol: str
    stream: bool = True

    def __str__(self) -> str:
        way = "" if self.stream else "-whole"
        return f"{self.case.name}-{self.dialect.name}-{self.protocol}{way}"

    @property
    def model(self) -> str:
        return f"{self.dialect.name}.{self.case.name}"

    @property
    def early(self) -> bool:
        """Whether it ends before content."""
        kept = self.case.expected(self.dialect)[1]
        return self.case.name in BEFORE_CONTENT and (not kept or self.case.fault.requests > 1)

    @property
    def well(self) -> bool:
        """Whether a complete answer comes."""
        fault = self.case.fault
        if fault.requests > fault.calls:
            return False
        return self.case.expected(self.dialect)[0] == "ok"


AGAIN = [(case, dialect) for case, dialect in APPLICABLE if case.fault.calls > 1]
"""Faults that only a second call meets: each needs a server of its own."""

EVERY = [
    Played(case, dialect, spoken)
    for case, dialect in APPLICABLE
    for spoken in PROTOCOLS
    if (case, dialect) not in AGAIN
]
WHOLE = [played._replace(stream=False) for played in EVERY if played.case.name in BEFORE_CONTENT]


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def gateway(upstream: Upstream) -> Iterator[str]:
    """A gateway with a model for each fault in each dialect."""
    models: dict[str, Any] = {}
    for case, dialect in APPLICABLE:
        model: dict[str, Any] = {
            "model": f"up-{dialect.name}:{upstream.add(_serving(case, dialect))}"
        }
        models[f"{dialect.name}.{case.name}"] = model
        if case.fault.timeout is not None:
            # A drip is slow, and not silent.
            limit = case.fault.timeout * (5 if case.fault.outcome == "ok" else 1)
            model["params"] = {"timeout": limit}
    endpoints = {f"up-{name}": upstream.endpoint(*ENDPOINTS[name]) for name in DIALECTS}
    with in_process({"endpoints": endpoints, "models": models}) as url:
        yield url


def _serving(case: Case, dialect: Dialect) -> Callable[[int, SeenRequest], Any]:
    script = case.script(dialect)
    assert script is not None
    # The gateway does not retry: whoever asks meets what comes first.
    return lambda number, request: case.fault.serve(script, 0, request)


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest, gateway: str) -> Iterator[Callable[[Played], Heard]]:
    """Plays all that was selected, several at a time: most of it only waits."""
    selected: list[Any] = [item for item in request.session.items if item.path == request.path]
    wanted = [i.callspec.params["played"] for i in selected if "played" in i.fixturenames]

    def play(played: Played) -> Heard:
        asked = body(played.protocol, played.model, stream=played.stream)
        return hear(gateway, played.protocol, asked)

    with ThreadPoolExecutor(12) as pool:
        futures: dict[str, Future[Heard]] = {
            str(played): pool.submit(play, played) for played in wanted
        }
        yield lambda played: futures[str(played)].result(120)


SAME = {"chat": "chat_completions", "responses": "responses", "anthropic": "messages"}
"""What each dialect is called as a protocol of clients."""


def own_faults(played: Played) -> list[str]:
    """What the upstream's own answer breaks: where the protocol is the same, it passes."""
    if SAME.get(played.dialect.name) != played.protocol:
        return []
    script = played.case.script(played.dialect)
    assert script is not None
    kind = {"content-type": "text/event-stream"}
    return read(Heard(200, kind, script.body()), played.protocol).faults


def check(played: Played, heard: Heard, upstream: Upstream) -> None:
    """What holds for every answer."""
    told = heard.everything()
    for secret in (UPSTREAM_KEY, *upstream.secrets, "Traceback", 'File "'):
        assert secret not in told
    assert [fault for fault in heard.faults if fault not in own_faults(played)] == []
    if played.well:
        assert heard.status == 200, heard.error
        assert heard.ended
        assert not heard.aborted
        assert heard.model == played.model
        return
    assert heard.failed
    assert not heard.ended
    assert heard.finish is None


@pytest.mark.parametrize("played", EVERY, ids=str)
def test_a_fault_upstream_is_no_good_end(
    played: Played, results: Callable[[Played], Heard], upstream: Upstream
) -> None:
    heard = results(played)
    check(played, heard, upstream)
    if played.early and not played.well:
        check_refusal(played, heard)
    else:
        assert heard.status == 200
        assert heard.text == played.case.expected(played.dialect)[1]


@pytest.mark.parametrize("played", WHOLE, ids=str)
def test_a_fault_before_content_fails_whole_answers_alike(
    played: Played, results: Callable[[Played], Heard], upstream: Upstream
) -> None:
    if played.well:
        pytest.skip("only a stream is served")
    heard = results(played)
    check(played, heard, upstream)
    check_refusal(played, heard)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("again", AGAIN, ids=lambda again: f"{again[0].name}-{again[1].name}")
def test_a_connection_that_was_closed_while_idle_is_not_used_again(
    again: tuple[Case, Dialect], protocol: str
) -> None:
    case, dialect = again
    with Upstream() as upstream:
        name = upstream.add(_serving(case, dialect))
        endpoints = {"up": upstream.endpoint(*ENDPOINTS[dialect.name])}
        with in_process({"endpoints": endpoints}) as url:
            for _ in range(case.fault.calls):
                heard = hear(url, protocol, body(protocol, f"up:{name}"))
                assert heard.ended, heard.error
                assert heard.text == case.expected(dialect)[1]
                time.sleep(0.3)
        assert upstream.seen[name] == case.fault.requests


def check_refusal(played: Played, heard: Heard) -> None:
    """The status that the upstream's becomes, and how long to wait."""
    name = played.case.name
    known = name.removeprefix("http-").removeprefix("secret-echo-")[:3]
    assert heard.status in STATUSES.get(known, (502, 503, 504)), heard.error
    after = heard.headers.get("retry-after")
    if name in RETRY_AFTER:
        assert after in RETRY_AFTER[name]
    elif heard.status == 429:
        assert after is None or float(after) >= 0
    assert "finish_reason" not in heard.raw.decode("utf-8", "replace")


CALLING = [p for p in EVERY if p.well and p.case.text == "" and p.case.check is not None]


@pytest.mark.parametrize("played", CALLING, ids=str)
def test_calls_reach_the_client_as_the_library_reads_them(
    played: Played, results: Callable[[Played], Heard], upstream: Upstream
) -> None:
    provider, options = ENDPOINTS[played.dialect.name]
    with Chimeric(
        api_keys={provider: UPSTREAM_KEY}, base_urls={provider: upstream.server.url}
    ) as client:
        place = APPLICABLE.index((played.case, played.dialect))
        model = f"{provider}:case-{place}"
        stream: Any = client.generate(model, "Hello", stream=True, auto_tool=False, **options)
        response = stream.collect()
    told = [(call.name, _plain(call.arguments)) for call in response.tool_calls]
    heard = results(played)
    assert [(name, _plain(arguments)) for _, name, arguments in heard.calls] == told
    assert len({identity for identity, _, _ in heard.calls}) == len(told)


def _plain(arguments: str) -> Any:
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return arguments

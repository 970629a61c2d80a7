"""Every recorded exchange, replayed over loopback HTTP, gives what the official SDK made of it."""

from __future__ import annotations

import asyncio
import collections
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from chimeric import Chimeric, ChimericError, CompletionResponse, TranslationWarning

from .corpus import CORPUS, EXCEPTIONS, cases, check, route
from .replay import Replay

pytestmark = pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")

CASES = list(cases())
TABLE: dict[tuple[str, str], list[int]] = collections.defaultdict(lambda: [0, 0])


@pytest.fixture(scope="module")
def client(replay: Replay) -> Iterator[Chimeric]:
    with replay.client() as client:
        yield client


def arguments(case: dict[str, Any]) -> dict[str, Any]:
    provider, options = route(case)
    body = case["request"]["body"] or {}
    model = body.get("model") if isinstance(body, dict) else None
    return {
        "model": model or case["expected"]["model"] or "recorded-model",
        "messages": "recorded",
        "provider": provider,
        "stream": case["stream"] or bool(case.get("request_stream")),
        **options,
    }


def summary(response: CompletionResponse) -> dict[str, Any]:
    """A response in the words of the corpus."""
    return {
        "text": response.content,
        "reasoning": response.reasoning,
        "refusal": response.refusal,
        # Approvals, patches and their like the corpus has among the provider's own tools.
        "tool_calls": [
            {"id": c.id, "name": c.name, "arguments": c.arguments}
            for c in response.tool_calls
            if c.kind in ("function", "custom")
        ],
        "finish_reason_native": response.metadata.get("finish_reason_native"),
        "model": response.metadata.get("model"),
        "id": response.metadata.get("id"),
        "error": None,
    }


def outcome(response: CompletionResponse | None, error: ChimericError | None) -> dict[str, Any]:
    if error is None:
        assert response is not None
        return summary(response)
    got = summary(error.partial) if error.partial is not None else {"text": None}
    got["error"] = {
        "type": getattr(error, "type", None),
        "message": error.message,
        "status": getattr(error, "status_code", None),
    }
    return got


def run_sync(client: Chimeric, case: dict[str, Any]) -> tuple[dict[str, Any], Any, list[Any]]:
    chunks: list[Any] = []
    stream: Any = None
    response: CompletionResponse | None = None
    try:
        result = client.generate(**arguments(case))
        if isinstance(result, CompletionResponse):
            response = result
        else:
            stream = result
            for chunk in stream:
                chunks.append(chunk)
            response = stream.response
    except ChimericError as error:
        return outcome(None, error), error.partial, chunks
    return outcome(response, None), response, chunks


async def run_async(
    client: Chimeric, case: dict[str, Any]
) -> tuple[dict[str, Any], Any, list[Any]]:
    chunks: list[Any] = []
    response: CompletionResponse | None = None
    try:
        result = await client.agenerate(**arguments(case))
        if isinstance(result, CompletionResponse):
            response = result
        else:
            async for chunk in result:
                chunks.append(chunk)
            response = result.response
    except ChimericError as error:
        return outcome(None, error), error.partial, chunks
    return outcome(response, None), response, chunks


def judge(case: dict[str, Any], got: dict[str, Any], response: Any) -> list[str]:
    expected = case["expected"]
    if "all" in (case.get("ambiguous") or ()):
        return []
    if expected.get("tool_plan"):
        # A plan for the tool calls is reasoning here; the SDK keeps it apart.
        plan = (expected["reasoning"] or "") + expected["tool_plan"]
        case = {**case, "expected": {**expected, "reasoning": plan}}
    lines: list[str] = check.compare(case, got)
    native = response.metadata.get("usage_native") if response is not None else None
    if (
        not expected["error"]
        and expected.get("usage_native")
        and native != expected["usage_native"]
    ):
        lines.append(f"usage_native: expected {expected['usage_native']}, got {native}")
    return lines


def told(chunk: Any) -> Any:
    """What a chunk says, without ids that are made up anew each time."""
    data = chunk.to_dict()
    for call in data.get("tool_calls", ()):
        call.pop("id")
    return data


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_a_recorded_exchange_gives_what_the_official_sdk_made_of_it(
    case: dict[str, Any], client: Chimeric, replay: Replay
) -> None:
    count = TABLE[(route(case)[0], case["api"])]
    count[1] += 1
    replay.case = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TranslationWarning)
        replay.pieces = check.chunks(case, "random")
        got, response, chunks = run_sync(client, case)
        if case["name"] in EXCEPTIONS:
            disowned = case["expected"]["tool_calls"] and not got["tool_calls"]
            assert got["error"] or disowned, EXCEPTIONS[case["name"]]
            count[0] += 1
            return
        assert judge(case, got, response) == []
        if chunks:
            assert "".join(c.delta or "" for c in chunks) == chunks[-1].content
        body = check.body_bytes(case)
        replay.pieces = check.chunks(case, "bytes") if len(body) < 20_000 else [body]
        got, response, again = run_sync(client, case)
        assert judge(case, got, response) == []
        assert [told(c) for c in again] == [told(c) for c in chunks]
    count[0] += 1


def test_sync_and_async_give_the_same_chunks_for_every_recorded_stream(replay: Replay) -> None:
    async def every() -> None:
        async with replay.client() as client:
            for case in CASES:
                if not case["stream"]:
                    continue
                replay.case, replay.pieces = case, check.chunks(case, "random", seed=1)
                _, _, sync = await asyncio.to_thread(run_sync, client, case)
                got, response, chunks = await run_async(client, case)
                assert [told(c) for c in chunks] == [told(c) for c in sync], case["name"]
                if case["name"] not in EXCEPTIONS:
                    assert judge(case, got, response) == [], case["name"]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TranslationWarning)
        asyncio.run(every())


@pytest.fixture(scope="module", autouse=True)
def print_table() -> Iterator[None]:
    yield
    print("\nprovider          api                passed/total")
    for (provider, api), (passed, total) in sorted(TABLE.items()):
        print(f"{provider:<17} {api:<18} {passed}/{total}")

"""Recorded conversations with tools, lived through again: each next request says the same."""

from __future__ import annotations

import collections
import contextlib
import itertools
import json
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from chimeric_testing import LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import Chimeric, Message, ProviderError, Tool, ToolCall, TranslationWarning
from tests.conformance.corpus import CORPUS, EXCEPTIONS, cases, check, route
from tests.requests.oracles.services import judged_again

from .speakers import KEY
from .wire import Entry, entries, opaque

pytestmark = pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")

Case = dict[str, Any]
TABLE: dict[tuple[str, str], list[int]] = collections.defaultdict(lambda: [0, 0])
OPAQUE_ITEMS: collections.Counter[str] = collections.Counter()


class Step(msgspec.Struct, frozen=True):
    """A recorded answer with calls, what came before it, and the recorded request after it."""

    before: tuple[Case, ...]
    case: Case
    after: Case

    @property
    def name(self) -> str:
        return str(self.case["name"])


def steps() -> list[Step]:
    """All places in the recordings where a conversation goes on from an answer with calls."""
    groups: dict[tuple[str, str, str], list[Case]] = collections.defaultdict(list)
    for case in cases():
        if case["group"] and case["request"].get("body"):
            groups[case["provider"], case["api"], case["group"]].append(case)
    found: list[Step] = []
    for group in groups.values():
        group.sort(key=lambda case: case["turn"])
        if not any("multi_turn_tools" in case["features"] for case in group):
            continue
        for place, (case, after) in enumerate(itertools.pairwise(group)):
            if case["expected"]["tool_calls"] and not case["expected"]["error"]:
                found.append(Step(tuple(group[:place]), case, after))
    return found


STEPS = steps()


class Replay:
    """Answers each request with the next recording."""

    def __init__(self) -> None:
        self.todo: list[Case] = []
        self.server = LoopbackServer(self.handle)

    def handle(self, request: SeenRequest) -> Iterator[bytes]:
        case = self.todo.pop(0)
        recorded = case["response"]
        kept = ("content-type", "x-request-id", "request-id")
        head = [f"HTTP/1.1 {recorded['status']} Recorded", "transfer-encoding: chunked"]
        head += [f"{n}: {v}" for n, v in recorded["headers"].items() if n.lower() in kept]
        yield ("\r\n".join(head) + "\r\n\r\n").encode()
        yield from chunked(check.chunks(case, "random"))


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    replay = Replay()
    yield replay
    replay.server.close()


@pytest.fixture(scope="module")
def client(replay: Replay) -> Iterator[Chimeric]:
    names = {route(case)[0] for case in cases()}
    with Chimeric(
        api_keys=dict.fromkeys(names, KEY),
        base_urls=dict.fromkeys(names, f"{replay.server.url}/v1"),
        max_retries=0,
    ) as client:
        yield client


@pytest.fixture(scope="module", autouse=True)
def print_table() -> Iterator[None]:
    yield
    print("\nprovider          api                went on as recorded")
    for (provider, api), (passed, total) in sorted(TABLE.items()):
        print(f"{provider:<17} {api:<18} {passed}/{total}")
    told = ", ".join(f"{api}: {count}" for api, count in OPAQUE_ITEMS.items())
    print(f"opaque items that came back as they were: {told}")


def answered(case: Case, after: Case) -> list[Entry] | None:
    """The recorded results of a case's calls, in the order of the calls, or None."""
    wanted = case["expected"]["tool_calls"]
    found = entries(case["api"], after["request"]["body"])
    results = [entry for entry in found if entry.kind == "result"]
    by_id = {result.id: result for result in results}
    if all(call["id"] in by_id for call in wanted) and None not in by_id:
        return [by_id[call["id"]] for call in wanted]
    # A client that makes ids up itself keeps the order.
    names = [entry.name for entry in found if entry.kind == "call"][-len(wanted) :]
    same = names == [call["name"] for call in wanted] and len(results) >= len(wanted)
    return results[-len(wanted) :] if same else None


def ask(client: Chimeric, replay: Replay, case: Case, messages: list[Any]) -> Any:
    """Ask as the case did; the answer is the recorded one."""
    provider, options = route(case)
    body = case["request"]["body"]
    names = sorted({call["name"] for call in case["expected"]["tool_calls"]})
    replay.todo = [case]
    response = client.generate(
        model=body.get("model") or case["expected"]["model"] or "recorded",
        messages=messages,
        provider=provider,
        stream=case["stream"],
        tools=[Tool(name=name, description="A recorded tool.") for name in names],
        **options,
    )
    return response.collect() if case["stream"] else response


@pytest.mark.parametrize("step", STEPS, ids=[step.name for step in STEPS])
def test_a_conversation_goes_on_as_it_was_recorded(
    step: Step, client: Chimeric, replay: Replay
) -> None:
    count = TABLE[step.case["provider"], step.case["api"]]
    count[1] += 1
    results = answered(step.case, step.after)
    if results is None:
        pytest.skip("the next recorded request begins a new conversation")
    messages: list[Any] = [Message("user", "The recorded question.")]
    chain = chain_of(step)
    for case in chain:
        if case["name"] in EXCEPTIONS:
            pytest.skip(f"an answer is not taken as it was: {EXCEPTIONS[case['name']]}")
    for case, after in itertools.pairwise([*chain, step.after]):
        response = ask(client, replay, case, messages)
        outcome = answered(case, after)
        assert outcome is not None
        calls = [call for call in response.tool_calls if call.kind in ("function", "custom")]
        messages = [
            *response.messages,
            *searched(response.tool_calls, after["request"]["body"]),
            *(result.result(call.id) for result, call in zip(outcome, calls, strict=True)),
        ]
    with warnings.catch_warnings():
        warnings.simplefilter("error", TranslationWarning)
        # Some recorded services refused what the recorded client had sent.
        refused = step.after["expected"]["error"] is not None
        with pytest.raises(ProviderError) if refused else contextlib.nullcontext():
            ask(client, replay, step.after, messages)
    sent = replay.server.requests[-1].json()
    judge(chain, sent, step.after["request"]["body"])
    wrong = judged_again(route(step.case)[0], replay.server.requests[-1])
    # Pictures are cut out of the recordings.
    assert [told for told in wrong if not told.startswith("no base64")] == []
    count[0] += 1


def searched(calls: Sequence[ToolCall], body: Any) -> list[Message]:
    """The recorded answers to searches of tools, which are calls of the caller's."""
    wanted = {call.id for call in calls if call.kind == "tool_search"}
    items: list[Any] = body["input"] if wanted else []
    return [
        Message("tool", json.dumps(item["tools"]), tool_call_id=item["call_id"])
        for item in items
        if item.get("type") == "tool_search_output" and item["call_id"] in wanted
    ]


def chain_of(step: Step) -> list[Case]:
    """The answers that lead to the last request; a client may have begun anew in between."""
    api = step.case["api"]
    kept = {e.id for e in entries(api, step.after["request"]["body"]) if e.kind == "call"}
    chain = [step.case]
    for case in reversed(step.before):
        ids = {call["id"] for call in case["expected"]["tool_calls"]} - {None}
        if answered(case, chain[0]) is None or not ids <= kept or case["expected"]["error"]:
            break
        chain.insert(0, case)
    return chain


def judge(chain: list[Case], sent: Any, recorded: Any) -> None:
    """The same calls, ids, results and opaque items in both requests, in the same order."""
    api = chain[0]["api"]
    ours, theirs = entries(api, sent), entries(api, recorded)
    ids = {call["id"] for case in chain for call in case["expected"]["tool_calls"]}
    known = ids & {entry.id for entry in theirs}
    if ids == known and None not in ids:
        theirs = [entry for entry in theirs if entry.id in ids]
        ours = [entry for entry in ours if entry.id in ids]
    else:  # the recorded client made ids up, and these count for nothing
        theirs, ours = anonymous(theirs, known), anonymous(ours, known)
    assert ours
    assert ours == theirs[len(theirs) - len(ours) :]
    received = b"".join(check.body_bytes(case) for case in chain).decode("utf-8", "replace")
    received = received.replace("\\u003d", "=").replace("-", "+").replace("_", "/")
    expected = [value for value in opaque(recorded) if value in received]
    assert [value for value in opaque(sent) if value in expected] == expected
    OPAQUE_ITEMS.update({api: len(expected)})


def anonymous(found: list[Entry], known: set[str | None]) -> list[Entry]:
    return [msgspec.structs.replace(e, id=e.id if e.id in known else None) for e in found]

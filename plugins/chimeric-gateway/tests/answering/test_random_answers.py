"""Whatever an upstream may say, in whatever order, official SDKs hear what the response holds."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import msgspec
import pytest
from chimeric_gateway.call_ids import CHAT_IDS, MESSAGES_IDS
from chimeric_gateway.protocols.chat_completions import CHAT_COMPLETIONS
from chimeric_gateway.protocols.messages import MESSAGES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chimeric import (
    Citation,
    Delta,
    GeneratedFile,
    ImagePart,
    ServerToolChunk,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)

pytestmark = pytest.mark.slow

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
PICTURE = ImagePart(data=base64.b64encode(b"\x89PNG").decode(), media_type="image/png")


@st.composite
def calls(draw: st.DrawFn) -> list[list[Delta]]:
    """Tool calls, each as deltas of its own, to be dealt like cards."""
    found = []
    for index in range(draw(st.integers(0, 3))):
        value = draw(st.dictionaries(st.sampled_from("ab"), st.integers() | TEXTS, max_size=2))
        text = msgspec.json.encode(value).decode() if value or draw(st.booleans()) else ""
        cut = draw(st.integers(0, len(text)))
        forms = (f"call_{index}", f"functions.f:{index}", "x" * 70 + str(index))
        identity = draw(st.sampled_from(forms))
        first = ToolCallDelta(index=index, id=identity, name=f"f{index}", arguments=text[:cut])
        deltas = [Delta(tool_calls=(first,))]
        if text[cut:]:
            later = ToolCallDelta(index=index, arguments=text[cut:], complete=draw(st.booleans()))
            deltas.append(Delta(tool_calls=(later,)))
        found.append(deltas)
    return found


SPOKEN = st.one_of(
    st.builds(lambda t, b: Delta(text=t, block=f"t{b}"), TEXTS, st.integers(0, 2)),
    st.builds(lambda t, b: Delta(reasoning=t, block=f"r{b}"), TEXTS, st.integers(0, 1)),
    st.builds(lambda t: Delta(refusal=t), TEXTS),
    st.builds(
        lambda t: Delta(text=t, logprobs=(TokenLogprob(t, -0.5, (TokenLogprob("z", -1.0),)),)),
        TEXTS,
    ),
    st.builds(lambda t: Delta(citations=(Citation(url="https://e.org/", title=t),)), TEXTS),
    st.just(Delta(files=(GeneratedFile("file_1", PICTURE),))),
    st.builds(
        lambda s: Delta(server_tools=(ServerToolChunk(id="ws", kind="web_search", status=s),)),
        st.sampled_from(["started", "running", "completed"]),
    ),
)


@st.composite
def answers(draw: st.DrawFn) -> list[Delta]:
    """All that an upstream may say, in an order that keeps each call's own."""
    hands = [*draw(calls()), draw(st.lists(SPOKEN, max_size=8))]
    hands = [list(hand) for hand in hands if hand]
    said = []
    while hands:
        hand = draw(st.sampled_from(hands))
        said.append(hand.pop(0))
        hands = [hand for hand in hands if hand]
    counts = st.integers(9, 99), st.integers(0, 99)
    usage = draw(st.none() | st.builds(Usage.of, *counts, cached=st.integers(0, 9)))
    reason = draw(st.sampled_from(["stop", "length", "content_filter"]))
    return [*said, Delta(usage=usage, finish_reason=reason, done=True)]


RARELY = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@RARELY
@given(deltas=answers())
def test_chat_completions_tell_all_of_a_random_answer(stage: Any, deltas: list[Delta]) -> None:
    options = {"include_usage": True}
    response = stage.play(CHAT_COMPLETIONS, deltas, stream_options=options)
    with stage.openai.chat.completions.stream(model="fast", messages=[]) as stream:
        for _ in stream:
            pass
        # The helper refuses to give answers that were cut; the snapshot is what it heard.
        told = stream.current_completion_snapshot
    message, choice = told.choices[0].message, told.choices[0]
    assert (message.content or "") == response.content
    assert message.refusal == response.refusal
    assert getattr(message, "reasoning_content", None) == response.reasoning
    whole = [(c.id, c.name, c.parsed()) for c in response.tool_calls]
    heard = [
        (CHAT_IDS.read(c.id), c.function.name, msgspec.json.decode(c.function.arguments))
        for c in message.tool_calls or ()
        if choice.finish_reason == "tool_calls"
    ]
    assert heard == (whole if choice.finish_reason == "tool_calls" else [])
    assert (choice.finish_reason == "tool_calls") is bool(
        whole and response.finish_reason not in ("length", "content_filter", "refusal")
    )
    if response.usage.source == "reported":
        assert told.usage.total_tokens == response.usage.total_tokens
        assert told.usage.prompt_tokens_details.cached_tokens == response.usage.cached_tokens
    else:
        assert told.usage is None


@RARELY
@given(deltas=answers())
def test_messages_tell_all_of_a_random_answer(stage: Any, deltas: list[Delta]) -> None:
    response = stage.play(MESSAGES, deltas)
    with stage.anthropic.messages.stream(model="fast", max_tokens=9, messages=[]) as stream:
        for _ in stream:
            pass
        told = stream.get_final_message()
    texts = [block.text for block in told.content if block.type == "text"]
    if response.refusal is None:
        assert "".join(texts) == response.content
    else:  # it is text here, and stands where it was said
        assert sorted("".join(texts)) == sorted(response.content + response.refusal)
    assert all(block.text for block in told.content if block.type == "text")
    thoughts = [block for block in told.content if block.type == "thinking"]
    assert "".join(block.thinking for block in thoughts) == (response.reasoning or "")
    assert all(block.signature for block in thoughts)
    if told.stop_reason == "tool_use":
        assert [
            (MESSAGES_IDS.read(b.id), b.name, b.input) for b in told.content if b.type == "tool_use"
        ] == [(c.id, c.name, c.parsed()) for c in response.tool_calls]
    if response.usage.source == "reported":
        usage = told.usage
        assert usage.input_tokens + usage.cache_read_input_tokens == response.usage.prompt_tokens
        assert usage.output_tokens == response.usage.completion_tokens


@RARELY
@given(deltas=answers())
def test_one_block_of_a_message_is_open_at_a_time(stage: Any, deltas: list[Delta]) -> None:
    stage.play(MESSAGES, deltas)
    frames: list[dict[str, Any]] = []
    body = httpx.get(stage.url, trust_env=False).text
    for event in body.strip().split("\n\n"):
        name, data = event.split("\n")
        frame = msgspec.json.decode(data.removeprefix("data: "))
        assert name == f"event: {frame['type']}"
        frames.append(frame)
    assert frames[0]["type"] == "message_start"
    assert [f["type"] for f in frames[-2:]] == ["message_delta", "message_stop"]
    opened = -1
    is_open = False
    for frame in frames[1:-2]:
        match frame["type"]:
            case "content_block_start":
                assert not is_open
                assert frame["index"] == opened + 1
                opened, is_open = frame["index"], True
            case "content_block_delta":
                assert is_open
                assert frame["index"] == opened
            case "content_block_stop":
                assert is_open
                assert frame["index"] == opened
                is_open = False
            case other:
                raise AssertionError(other)
    assert not is_open

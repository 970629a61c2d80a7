"""Refusals, and answers that end in whatever way, in every protocol."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from chimeric_dialects import (
    Answer,
    Block,
    ChatCompletions,
    FinishReason,
    Messages,
    Prompt,
    Service,
    Usage,
    encode,
)

OPTIONS = {"variant": "openai", "hidden": False, "usage": True, "padding": False}


@pytest.mark.parametrize("reason", get_args(FinishReason))
def test_every_ending_can_be_told(case, reason: FinishReason) -> None:
    for stream in (True, False):
        prompt = case.dialect.read(case.request(stream=stream), Service())
        answer = Answer()
        encoder = case.dialect.encoder(prompt, answer, Service())
        steps = [*answer.grow(answer.block("text"), ["Hi"]), answer.finish(reason)]
        if stream:
            assert b"".join(encode(encoder, steps))
        else:
            assert b"Hi" in case.dialect.whole(prompt, encoder, steps[-1]).body


def test_a_refusal_is_told_or_left_out(case) -> None:
    for stream in (True, False):
        prompt = case.dialect.read(case.request(stream=stream), Service())
        answer = Answer()
        encoder = case.dialect.encoder(prompt, answer, Service())
        steps = [*answer.grow(answer.block("refusal"), ["No."]), answer.finish("refusal")]
        if stream:
            assert b"".join(encode(encoder, steps))
        else:
            assert case.dialect.whole(prompt, encoder, steps[-1]).body


def test_a_plain_answer_has_nothing_that_only_the_real_service_has() -> None:
    prompt = Prompt(model="m", turns=[], plain=True, options=OPTIONS)
    for dialect in (ChatCompletions("openai"), Messages()):
        answer = Answer()
        encoder = dialect.encoder(prompt, answer, Service())
        steps = [*answer.grow(answer.block("text"), ["Hi", " there"]), answer.finish("stop")]
        told = b"".join(encode(encoder, steps))
        for word in (b"obfuscation", b"service_tier", b"system_fingerprint", b"ping", b"  "):
            assert word not in told


def test_counts_of_a_cache_are_told() -> None:
    prompt = Prompt(model="m", turns=[], plain=True, options=OPTIONS)
    usage = Usage(input=100, output=5, cached=60, cache_write=30)
    answer = Answer(usage)
    chat = ChatCompletions("openai").encoder(prompt, answer, Service()).whole(answer.finish("stop"))
    assert chat["usage"]["prompt_tokens_details"]["cached_tokens"] == 60
    answer = Answer(usage)
    message = Messages().encoder(prompt, answer, Service()).whole(answer.finish("stop"))
    assert message["usage"]["input_tokens"] == 10
    assert message["usage"]["cache_read_input_tokens"] == 60
    assert message["usage"]["cache_creation_input_tokens"] == 30


@pytest.mark.parametrize(
    ("pieces", "custom", "told"),
    [
        (['{"x"', ":1}"], False, {"x": 1}),
        (["{}"], False, {}),
        (["[1", "]"], False, {"invalid_json": "[1]"}),
        (["say(", '"Hi")'], False, {"invalid_json": 'say("Hi")'}),
        (["say(", '"Hi")'], True, {"input": 'say("Hi")'}),
        ([], True, {"input": ""}),
    ],
)
def test_arguments_of_messages_are_an_object(
    pieces: list[str], custom: bool, told: dict[str, object]
) -> None:
    prompt = Prompt(model="m", turns=[])
    answer = Answer()
    encoder = Messages().encoder(prompt, answer, Service())
    block: Block = answer.block("call", id="a", name="f", custom=custom)
    frames = b"".join(encode(encoder, [*answer.grow(block, pieces), answer.finish("tool_calls")]))
    events = [json.loads(line[6:]) for line in frames.decode().split("\n") if line[:6] == "data: "]
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    assert json.loads("".join(delta["partial_json"] for delta in deltas)) == told
    whole = encoder.whole(answer.finish("tool_calls"))
    assert whole["content"][0]["input"] == told

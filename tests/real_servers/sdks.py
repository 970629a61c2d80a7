"""What the official SDKs read from the same servers."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import anthropic
import openai

from .served import KEY, Spoken

__all__ = ["Read", "read"]


class Read(NamedTuple):
    """What was read of an answer."""

    text: str
    thoughts: str
    calls: list[tuple[str, Any]]
    tokens: tuple[int, int]


def read(
    url: str, spoken: Spoken, prompt: str, tools: list[dict[str, Any]], *, stream: bool
) -> Read:
    """Ask with the SDK of the protocol's makers."""
    if spoken.api == "messages":
        return _messages(url, prompt, tools, stream=stream)
    with openai.OpenAI(base_url=url + spoken.path, api_key=KEY, max_retries=2) as client:
        ask = _responses if spoken.api == "responses" else _chat
        return ask(client, prompt, tools, stream=stream)


def _chat(client: openai.OpenAI, prompt: str, tools: list[dict[str, Any]], *, stream: bool) -> Read:
    asked: dict[str, Any] = {
        "model": "tiny",
        "messages": [{"role": "user", "content": prompt}],
        "temperature": 0,
    }
    if tools:
        asked["tools"] = [{"type": "function", "function": tool} for tool in tools]
    if not stream:
        whole = client.chat.completions.create(**asked)
        said = whole.choices[0].message
        calls = [(c.function.name, c.function.arguments) for c in said.tool_calls or ()]
        return _read(said.content, _thought(said), calls, whole.usage)
    text, thoughts, usage = "", "", None
    pieces: dict[int, list[str]] = {}
    asked["stream_options"] = {"include_usage": True}
    with client.chat.completions.create(**asked, stream=True) as chunks:
        for chunk in chunks:
            usage = chunk.usage or usage
            for choice in chunk.choices:
                text += choice.delta.content or ""
                thoughts += _thought(choice.delta)
                for call in choice.delta.tool_calls or ():
                    piece = pieces.setdefault(call.index, ["", ""])
                    piece[0] += call.function.name or ""
                    piece[1] += call.function.arguments or ""
    return _read(text, thoughts, [(name, said) for name, said in pieces.values()], usage)


def _thought(said: Any) -> str:
    """The field is no part of OpenAI's own protocol."""
    more = said.model_extra or {}
    return more.get("reasoning_content") or more.get("reasoning") or ""


def _responses(
    client: openai.OpenAI, prompt: str, tools: list[dict[str, Any]], *, stream: bool
) -> Read:
    asked: dict[str, Any] = {"model": "tiny", "input": prompt, "stream": stream, "temperature": 0}
    if tools:
        asked["tools"] = [{"type": "function", **tool} for tool in tools]
    answer = client.responses.create(**asked)
    if stream:
        with answer as events:
            for event in events:
                last = event
        answer = last.response
    calls = [(item.name, item.arguments) for item in answer.output if item.type == "function_call"]
    thoughts = "".join(
        part.text
        for item in answer.output
        if item.type == "reasoning"
        for part in item.content or ()
    )
    return _read(answer.output_text, thoughts, calls, answer.usage)


def _messages(url: str, prompt: str, tools: list[dict[str, Any]], *, stream: bool) -> Read:
    asked: dict[str, Any] = {
        "model": "tiny",
        "max_tokens": 200,
        "extra_body": {"temperature": 0},
        "messages": [{"role": "user", "content": prompt}],
    }
    if tools:
        asked["tools"] = [
            {
                "name": tool["name"],
                "description": tool["description"],
                "input_schema": tool["parameters"],
            }
            for tool in tools
        ]
    with anthropic.Anthropic(base_url=url, api_key=KEY, max_retries=2) as client:
        if stream:
            with client.messages.stream(**asked) as events:
                answer: Any = events.get_final_message()
        else:
            answer = client.messages.create(**asked)
    text = "".join(block.text for block in answer.content if block.type == "text")
    thoughts = "".join(block.thinking for block in answer.content if block.type == "thinking")
    calls = [(b.name, json.dumps(b.input)) for b in answer.content if b.type == "tool_use"]
    cached = answer.usage.cache_read_input_tokens or 0
    read = _read(text, thoughts, calls, answer.usage)
    return read._replace(tokens=(read.tokens[0] + cached, read.tokens[1]))


def _read(text: str | None, thoughts: str, calls: list[tuple[str, str]], usage: Any) -> Read:
    def count(*names: str) -> int:
        return next(getattr(usage, name) for name in names if hasattr(usage, name))

    tokens = (count("prompt_tokens", "input_tokens"), count("completion_tokens", "output_tokens"))
    return Read(text or "", thoughts, [(name, json.loads(said)) for name, said in calls], tokens)

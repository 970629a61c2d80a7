"""What the official SDK of each client protocol makes of an answer, in the corpus's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anthropic
import httpx
import openai
from openai.lib.streaming.chat import ChunkEvent

__all__ = ["SDKs"]

QUESTION = [{"role": "user", "content": "recorded"}]


class SDKs:
    """The clients of both SDKs, for one server. Close it, or use it in ``with``."""

    def __init__(self, url: str, key: str = "a-client") -> None:
        settings: dict[str, Any] = {"api_key": key, "max_retries": 0, "timeout": 60}
        self._openai = openai.OpenAI(base_url=f"{url}/v1", **settings)
        self._anthropic = anthropic.Anthropic(base_url=url, **settings)

    def ask(self, protocol: str, model: str, stream: bool) -> dict[str, Any]:
        """What was read, or the error that was raised."""
        reading = {
            "chat_completions": self._chat,
            "responses": self._responses,
            "messages": self._messages,
        }[protocol]
        try:
            return {"error": None, **reading(model, stream)}
        except (openai.APIError, anthropic.APIError) as error:
            status = getattr(error, "status_code", None)
            return {"error": {"message": str(error), "status": status}, "text": None}
        except httpx.TransportError as error:
            return {"error": {"message": str(error), "status": None}, "text": None}

    def _chat(self, model: str, stream: bool) -> dict[str, Any]:
        asked: dict[str, Any] = {"model": model, "messages": QUESTION}
        if stream:
            options: Any = {"include_usage": True}
            with self._openai.chat.completions.stream(**asked, stream_options=options) as told:
                _drain(told)
                # The final one is parsed, which a filter's end forbids.
                found: Any = told.current_completion_snapshot
        else:
            found = self._openai.chat.completions.create(**asked)
        message = found.choices[0].message
        return {
            "text": message.content,
            "refusal": message.refusal,
            "reasoning": getattr(message, "reasoning_content", None),
            "finish": found.choices[0].finish_reason,
            "tool_calls": [
                {"id": c.id, "name": c.function.name, "arguments": c.function.arguments}
                for c in message.tool_calls or ()
            ],
            "usage": found.usage
            and {"prompt": found.usage.prompt_tokens, "answer": found.usage.completion_tokens},
        }

    def _responses(self, model: str, stream: bool) -> dict[str, Any]:
        asked: dict[str, Any] = {"model": model, "input": "recorded"}
        found: Any = None
        if stream:
            with self._openai.responses.create(**asked, stream=True) as told:
                for event in told:
                    if event.type in ("response.completed", "response.incomplete"):
                        found = event.response
            if found is None:
                return {"error": {"message": "cut off", "status": None}, "text": None}
        else:
            found = self._openai.responses.create(**asked)
        parts = [p for item in found.output if item.type == "message" for p in item.content]
        thoughts = [
            p.text
            for item in found.output
            if item.type == "reasoning"
            for p in (*item.summary, *(item.content or ()))
        ]
        return {
            "text": found.output_text,
            "refusal": "".join(p.refusal for p in parts if p.type == "refusal"),
            "reasoning": "".join(thoughts),
            "finish": found.status,
            "tool_calls": [
                {
                    "id": item.call_id,
                    "name": item.name,
                    "arguments": getattr(item, "arguments", None) or getattr(item, "input", ""),
                }
                for item in found.output
                if item.type in ("function_call", "custom_tool_call")
            ],
            "usage": found.usage
            and {"prompt": found.usage.input_tokens, "answer": found.usage.output_tokens},
        }

    def _messages(self, model: str, stream: bool) -> dict[str, Any]:
        asked: dict[str, Any] = {"model": model, "messages": QUESTION, "max_tokens": 4000}
        if stream:
            with self._anthropic.messages.stream(**asked) as told:
                found: Any = told.get_final_message()
        else:
            found = self._anthropic.messages.create(**asked)
        return {
            "text": "".join(b.text for b in found.content if b.type == "text"),
            "reasoning": "".join(b.thinking for b in found.content if b.type == "thinking"),
            "finish": found.stop_reason,
            "tool_calls": [
                {"id": b.id, "name": b.name, "arguments": b.input}
                for b in found.content
                if b.type == "tool_use"
            ],
            "usage": _of_messages(found.usage.to_dict()),
        }

    def __enter__(self) -> SDKs:
        return self

    def __exit__(self, *_: object) -> None:
        self._openai.close()
        self._anthropic.close()


def _drain(events: Any) -> None:
    """Read to the end; an answer without a finish reason did not end."""
    finished = False
    for event in events:
        if isinstance(event, ChunkEvent):
            finished |= any(c.finish_reason for c in event.chunk.choices)
    if not finished:
        raise httpx.RemoteProtocolError("no finish reason")


def _of_messages(usage: Mapping[str, Any]) -> dict[str, int]:
    """The prompt with what was cached, as the other protocols count it."""
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return {"prompt": sum(usage.get(n) or 0 for n in names), "answer": usage["output_tokens"]}

"""The openai SDK, chat completions; what else gives the same chunks shares its reading."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .outcome import Call, Order, Outcome, text
from .tools import TOOLS, function

__all__ = ["MESSAGES", "Create", "Helper", "offered", "read_chunks", "read_message"]

MESSAGES: list[dict[str, Any]] = [{"role": "user", "content": "Hello"}]


def offered(order: Order) -> dict[str, Any]:
    """The tools, strict as the SDK's helpers demand."""
    if not order.tools:
        return {}
    tools = [{"type": "function", "function": {**function(name), "strict": True}} for name in TOOLS]
    more = [{"type": "custom", "custom": {"name": name}} for name in order.custom]
    return {"tools": [*tools, *more]}


def spoken(message: Any) -> str:
    """The transcript of a spoken answer, or of a piece of one, which has no types there."""
    audio = getattr(message, "audio", None)
    found = audio.get("transcript") if isinstance(audio, dict) else audio and audio.transcript
    return str(found or "")


def read_chunks(chunks: Iterable[Any], seen: Outcome, joined: dict[int, Call]) -> None:
    """Text and calls of raw chunks: the loop of OpenAI's guide to function calling.

    Softened where that would stumble over what its own types allow: no choices, no arguments.
    """
    for chunk in chunks:
        if not chunk.choices:
            continue
        choice = chunk.choices[0]
        seen.finish = choice.finish_reason or seen.finish
        if not choice.delta:
            continue
        seen.text += choice.delta.content or ""
        seen.spoken += spoken(choice.delta)
        for part in choice.delta.tool_calls or []:
            made = joined.setdefault(part.index, Call("", "", id=part.id or ""))
            if part.function:
                made.name = made.name or part.function.name or ""
                made.arguments += part.function.arguments or ""


def close_calls(seen: Outcome, joined: dict[int, Call]) -> None:
    """What the guide's loop would run: the joined calls, where the reason says that there are."""
    for call in joined.values():
        call.complete = seen.finish == "tool_calls"
    seen.calls = list(joined.values())


def read_message(answer: Any, seen: Outcome) -> None:
    """A whole answer."""
    choice = answer.choices[0]
    seen.finish = choice.finish_reason
    seen.text = text(choice.message.content)
    seen.spoken = spoken(choice.message)
    joined = {
        place: Call(call.function.name, call.function.arguments or "", id=call.id or "")
        for place, call in enumerate(choice.message.tool_calls or [])
    }
    close_calls(seen, joined)


class Create:
    """``chat.completions.create``, streamed and whole."""

    def open(self, order: Order) -> None:
        """Make the client."""
        import openai

        how: dict[str, Any] = {} if order.timeout is None else {"timeout": order.timeout}
        self.client = openai.OpenAI(api_key="sk-x", base_url=order.url + "/v1", **how)

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask once."""
        create: Any = self.client.chat.completions.create
        answer = create(model="m-1", messages=MESSAGES, stream=order.stream, **offered(order))
        if not order.stream:
            read_message(answer, seen)
            return
        joined: dict[int, Call] = {}
        try:
            read_chunks(answer, seen, joined)
        finally:
            seen.calls = list(joined.values())
        close_calls(seen, joined)


class Helper(Create):
    """``chat.completions.stream``: its own events and its own final object."""

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask once."""
        begin: Any = self.client.chat.completions.stream
        with begin(model="m-1", messages=MESSAGES, **offered(order)) as stream:
            for event in stream:
                self._take(event, seen)
            final = stream.get_final_completion()
        if not final.choices:
            return
        choice = final.choices[0]
        seen.finish = choice.finish_reason
        seen.final = text(choice.message.content)
        seen.spoken = spoken(choice.message)
        done = {(call.name, call.arguments) for call in seen.calls}
        for call in choice.message.tool_calls or []:
            made = (call.function.name, call.function.arguments or "")
            if made not in done:
                seen.calls.append(Call(*made))

    def _take(self, event: Any, seen: Outcome) -> None:
        if event.type == "content.delta":
            seen.text += event.delta
        elif event.type == "tool_calls.function.arguments.done":
            seen.calls.append(Call(event.name, event.arguments or "", complete=True))

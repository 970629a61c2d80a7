"""The openai SDK, the Responses API."""

from __future__ import annotations

from typing import Any

from .chat import Create as ChatCreate
from .outcome import Call, Order, Outcome, Told
from .tools import TOOLS, function

__all__ = ["Create", "Helper"]

ENDS = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
}
CALLS = ("function_call", "custom_tool_call")
REASONING = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
ARGUMENTS = (
    "response.function_call_arguments.delta",
    "response.custom_tool_call_input.delta",
)
FAILURES = ("error", "response.failed")


def offered(order: Order) -> dict[str, Any]:
    """The tools, free-text ones too."""
    if not order.tools:
        return {}
    tools = [{"type": "function", **function(name), "strict": True} for name in TOOLS]
    more = [{"type": "custom", "name": name} for name in order.custom]
    return {"tools": [*tools, *more]}


def whole(item: Any) -> bool:
    """Whether an item does not itself say that it is not whole."""
    return getattr(item, "status", None) not in ("incomplete", "failed", "in_progress")


def end_of(response: Any, otherwise: str = "") -> str:
    """How the response ended: its status, or why it is incomplete."""
    details = getattr(response, "incomplete_details", None)
    return getattr(details, "reason", None) or getattr(response, "status", None) or otherwise


def failure(told: Any) -> Told:
    """What says that the response failed: an event that is typed for it, or the response itself.

    It is as good as an exception; all that it holds counts as its message.
    """
    return Told(getattr(told, "type", "failed"), ["openai"], str(told))


def call_of(item: Any) -> Call:
    """A call, as an item of the output."""
    arguments = item.input if item.type == "custom_tool_call" else item.arguments
    return Call(item.name, arguments or "", id=item.call_id or "")


def read_output(output: Any, seen: Outcome, *, complete: bool) -> None:
    """Calls and reasoning of a response's output."""
    thought = ""
    for item in output or []:
        if item.type in CALLS:
            call = call_of(item)
            call.complete = complete and whole(item)
            seen.calls.append(call)
        elif item.type == "reasoning":
            parts = [*(item.summary or []), *(getattr(item, "content", None) or [])]
            thought += "".join(part.text for part in parts)
    seen.reasoning = seen.reasoning or thought


def take_text(event: Any, seen: Outcome) -> None:
    """Text and reasoning of an event, and how the response ended."""
    if event.type == "response.output_text.delta":
        seen.text += event.delta or ""
    elif event.type in REASONING:
        seen.reasoning = (seen.reasoning or "") + (event.delta or "")
    elif event.type in ENDS:
        seen.finish = end_of(event.response, ENDS[event.type])


class Create(ChatCreate):
    """``responses.create``, streamed and whole."""

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask once."""
        seen.reasoning = ""
        create: Any = self.client.responses.create
        answer = create(model="m-1", input="Hello", stream=order.stream, **offered(order))
        if order.stream:
            self._read(answer, seen)
            return
        seen.finish = end_of(answer)
        seen.text = answer.output_text
        if seen.finish == "failed":
            seen.error = failure(answer)
        read_output(answer.output, seen, complete=answer.status == "completed")

    def _read(self, stream: Any, seen: Outcome) -> None:
        joined: dict[int, Call] = {}
        cut: set[int] = set()
        for event in stream:
            take_text(event, seen)
            self._take_call(event, joined, cut)
            seen.calls = list(joined.values())
            if event.type in FAILURES:
                seen.error = failure(event)
                return
            if event.type in ENDS and event.response.output:
                seen.final = event.response.output_text
        for place, call in joined.items():
            call.complete = seen.finish == "completed" and place not in cut

    def _take_call(self, event: Any, joined: dict[int, Call], cut: set[int]) -> None:
        # The loop of OpenAI's guide: items by their place in the output.
        if event.type == "response.output_item.added" and event.item.type in CALLS:
            joined[event.output_index] = call_of(event.item)
        elif event.type in ARGUMENTS and event.output_index in joined:
            joined[event.output_index].arguments += event.delta or ""
        elif event.type == "response.output_item.done" and event.item.type in CALLS:
            joined[event.output_index] = call_of(event.item)
            if not whole(event.item):
                cut.add(event.output_index)


class Helper(ChatCreate):
    """``responses.stream``: its own events and its own final object."""

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask once."""
        seen.reasoning = ""
        done: list[Any] = []
        begin: Any = self.client.responses.stream
        with begin(model="m-1", input="Hello", **offered(order)) as stream:
            for event in stream:
                take_text(event, seen)
                if event.type == "response.output_item.done":
                    done.append(event.item)
                if event.type in FAILURES:
                    seen.error = failure(event)
                    return
                if event.type == "response.incomplete":
                    return  # there is no final response to ask for
            final = stream.get_final_response()
        seen.finish = final.status or "completed"
        seen.final = final.output_text
        # Some servers leave the last output empty; then there are the items as they came.
        read_output(final.output or done, seen, complete=True)

"""Results of tools beside the calls that they answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import msgspec

from chimeric import ConfigurationError, Message, NativePart, Request

if TYPE_CHECKING:
    from .request import Takes

__all__ = ["in_place"]


def in_place(request: Request, takes: Takes, dropped: list[str]) -> tuple[Message, ...]:
    """The messages with each result where the service looks for it, and one for each call.

    A second result of a call is sent in one message with the first, and one that stands apart is
    moved to its call. Services refuse both: "messages with role 'tool' must be a response to a
    preceeding message with 'tool_calls'" (OpenAI's chat completions and those who follow it),
    "each tool_use must have a single result" (Anthropic), "the number of function response parts
    is equal to the number of function call parts" (Gemini).

    Raises:
        ConfigurationError: for a result that answers no call before it.
    """
    if takes.results == "loose" or any(
        name in request.extra or name in request.extra_body for name in takes.stored
    ):
        return request.messages
    talk = _Talk(takes, dropped)
    for number, message in enumerate(request.messages):
        if message.role != "tool":
            talk.say(message)
        elif not talk.answer(message, f"messages[{number}]"):
            raise _unasked(message, number, request.messages)
    return talk.messages(request.messages)


class _Talk:
    """The conversation so far: turns, each an answer or a message and the results behind it."""

    def __init__(self, takes: Takes, dropped: list[str]) -> None:
        self._reach = takes.results
        self._service = takes.service
        self._dropped = dropped
        self._turns: list[list[Message]] = []
        self._speaker = ""
        self._waiting: dict[str, list[int]] = {}
        self._given: dict[str, tuple[int, int]] = {}
        self._changed = False
        self._native: list[Message] = []

    def say(self, message: Message) -> None:
        """Add what is no result; answers that follow each other are one."""
        if not (message.role == self._speaker == "assistant"):
            self._turns.append([])
        self._turns[-1].append(message)
        self._speaker = message.role
        for call in message.tool_calls:
            self._waiting.setdefault(call.id, []).append(len(self._turns) - 1)
        if message.state is not None or _has_native(message):
            self._native.append(message)

    def answer(self, message: Message, where: str) -> bool:
        """Add a result to its call; False where there is none."""
        identity = message.tool_call_id or ""
        self._speaker = "tool"
        waiting = self._waiting.get(identity)
        if not waiting and not identity:
            waiting = next(filter(None, self._waiting.values()), None)
        if waiting:
            self._put(message, waiting.pop(0), where)
            return True
        if identity in self._given:
            turn, place = self._given[identity]
            self._turns[turn][place] = _both(self._turns[turn][place], message)
            self._tell(
                f"{where}: a second result of the call {identity!r}; it is sent with the first"
            )
            return True
        if identity and any(identity in repr(known) for known in self._native):
            self._turns[-1].append(message)  # a call in the provider's own form
            return True
        return False

    def _put(self, message: Message, turn: int, where: str) -> None:
        here = len(self._turns) - 1
        if turn != here and not self._reaches(turn):
            self._tell(
                f"{where}: the result of the call {message.tool_call_id!r} stands apart; it is "
                f"sent behind its call, since {self._service} takes it nowhere else"
            )
            here = turn
        self._turns[here].append(message)
        self._given[message.tool_call_id or ""] = (here, len(self._turns[here]) - 1)

    def _reaches(self, turn: int) -> bool:
        if self._reach == "turn":
            return all(told[0].role != "assistant" for told in self._turns[turn + 1 :])
        return self._reach == "later"

    def _tell(self, sentence: str) -> None:
        self._changed = True
        self._dropped.append(sentence)

    def messages(self, given: tuple[Message, ...]) -> tuple[Message, ...]:
        """All of it, in order."""
        return tuple(m for turn in self._turns for m in turn) if self._changed else given


def _has_native(message: Message) -> bool:
    return not isinstance(message.content, str) and any(
        isinstance(part, NativePart) for part in message.content
    )


def _both(first: Message, second: Message) -> Message:
    if isinstance(first.content, str) and isinstance(second.content, str):
        content: str | tuple[object, ...] = "\n".join(filter(None, (first.content, second.content)))
    else:
        content = (*first.parts, *second.parts)
    failed = first.is_error and second.is_error
    return msgspec.structs.replace(first, content=content, is_error=failed)


def _unasked(message: Message, number: int, messages: Sequence[Message]) -> ConfigurationError:
    identity = message.tool_call_id
    if not identity:
        return ConfigurationError(
            f"messages[{number}]: a tool message needs the tool_call_id of the call it answers, "
            "and no call before it waits for a result"
        )
    calls = [(place, call.id) for place, m in enumerate(messages) for call in m.tool_calls]
    later = next((place for place, id_ in calls if id_ == identity and place > number), None)
    hint = (
        f"; messages[{later}] makes it later"
        if later is not None
        else _meant(identity, (id_ for place, id_ in calls if place < number))
    )
    return ConfigurationError(
        f"messages[{number}] is the result of the call {identity[:80]!r}, which no message before "
        f"it makes{hint}"
    )


def _meant(identity: str, known: Iterable[str]) -> str:
    near = get_close_matches(identity, list(known), 1, 0.5)
    return f" (did you mean {near[0]!r}?)" if near else ""

"""A request as every protocol means it: what was said, what is offered, what is wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from .problems import Problem
from .shapes import is_object

__all__ = ["Call", "Offer", "Prompt", "Result", "Settings", "Turn", "count_tokens", "tokenise"]

_TOKEN = re.compile(r"\s*\w{1,8}|\s*[^\w\s]|\s+")


def tokenise(text: str) -> list[str]:
    """Cut text into pieces of the size of real tokens; joined they are the text again."""
    return _TOKEN.findall(text)


def count_tokens(text: str) -> int:
    """How many pieces ``tokenise`` makes."""
    return len(_TOKEN.findall(text))


class Offer(msgspec.Struct, frozen=True):
    """A tool that the caller offers. ``custom`` tools take free text instead of JSON."""

    name: str
    schema: dict[str, Any]
    custom: bool = False


class Call(msgspec.Struct, frozen=True):
    """A tool call in the history."""

    id: str
    name: str
    arguments: str


class Result(msgspec.Struct, frozen=True):
    """A tool's result in the history."""

    id: str
    text: str
    name: str | None = None
    failed: bool = False


class Turn(msgspec.Struct):
    """One message of the history."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str = ""
    calls: tuple[Call, ...] = ()
    results: tuple[Result, ...] = ()


class Settings(msgspec.Struct, frozen=True):
    """What a caller may ask of the simulator itself, in ``"sim": {...}`` or ``x-sim-*`` headers.

    Attributes:
        rate: tokens per second; 0 for no limit and one event a chunk.
        tokens: length of a story in tokens, whatever its prompt says.
        seed: seed of the answer.
        delay: seconds before the answer begins.
        rounds: how many times the ``tools`` model calls tools before it answers.
        status: refuse the request with this HTTP status.
        retry_after: seconds, for the header of that refusal.
        cut_after: break the connection after this many pieces of a stream.
        fail_after: send the protocol's error event after this many pieces of a stream.
    """

    rate: float | None = None
    tokens: int | None = None
    seed: int | None = None
    delay: float = 0.0
    rounds: int | None = None
    status: int | None = None
    retry_after: float | None = None
    cut_after: int | None = None
    fail_after: int | None = None

    @classmethod
    def read(cls, headers: Mapping[str, str], body: Mapping[str, Any]) -> Settings:
        """Settings of one request; the body's win over the headers'.

        Raises:
            Problem: for a setting that does not exist or has a wrong type.
        """
        raw: dict[str, Any] = {
            name[6:].replace("-", "_"): value
            for name, value in headers.items()
            if name.startswith("x-sim-")
        }
        inner = body.get("sim")
        if is_object(inner):
            raw.update(inner)
        elif inner is not None:
            raise Problem("bad_request", "sim must be an object", param="sim")
        for name in raw:
            if name not in cls.__struct_fields__:
                raise Problem("bad_request", f"sim has no setting {name!r}", param=f"sim.{name}")
        try:
            return msgspec.convert(raw, cls, strict=False)
        except msgspec.ValidationError as error:
            raise Problem("bad_request", f"sim: {error}", param="sim") from None


class Prompt(msgspec.Struct, kw_only=True):
    """A whole request.

    Attributes:
        model: the name as the caller wrote it.
        behaviour: ``story``, ``echo``, ``tools``, ``think``, ``structured``, ``auto`` or
            ``replay``.
        turns: the history.
        offers: the tools.
        choice: ``auto``, ``none``, ``required`` or the name of a tool.
        parallel: whether several calls in one turn are welcome.
        max_tokens: limit of the answer, thoughts included.
        stop: texts that end the answer.
        schema: JSON schema that the answer must fit, ``{}`` for any JSON object.
        thinking: whether thoughts are wanted; None leaves it to the model.
        plans: whether the protocol lets a turn with tool calls begin with a word about them.
        stream: whether the answer is streamed.
        settings: what is asked of the simulator itself.
        options: what only the protocol's own encoder needs.
    """

    model: str
    behaviour: str
    turns: list[Turn]
    offers: tuple[Offer, ...] = ()
    choice: str = "auto"
    parallel: bool = True
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    schema: dict[str, Any] | None = None
    thinking: bool | None = None
    plans: bool = False
    stream: bool = False
    settings: Settings = Settings()
    options: dict[str, Any] = {}

    @property
    def last_user_text(self) -> str:
        """Text of the latest user message that has some."""
        return next((t.text for t in reversed(self.turns) if t.role == "user" and t.text), "")

    @property
    def input_tokens(self) -> int:
        """Size of the history, counted as the simulator counts."""
        total = 3
        for turn in self.turns:
            total += 4 + count_tokens(turn.text)
            total += sum(count_tokens(c.name) + count_tokens(c.arguments) for c in turn.calls)
            total += sum(count_tokens(r.text) for r in turn.results)
        return total + sum(8 + count_tokens(str(o.schema)) for o in self.offers)

    def since_user(self) -> list[Turn]:
        """The turns after the latest user message with text of its own."""
        for index in range(len(self.turns) - 1, -1, -1):
            turn = self.turns[index]
            if turn.role == "user" and turn.text:
                return self.turns[index:] if turn.results else self.turns[index + 1 :]
        return self.turns

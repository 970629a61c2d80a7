"""A request as every protocol means it: what was said, what is offered, what is wanted."""

from __future__ import annotations

import operator
from typing import Any, Literal

import msgspec

from .parts import Offer

__all__ = ["Approval", "Prompt", "Tool", "ToolCall", "ToolResult", "Turn"]


class Tool(msgspec.Struct, frozen=True):
    """A tool that the caller offers. ``custom`` tools take free text instead of JSON."""

    name: str
    schema: dict[str, Any]
    custom: bool = False


class ToolCall(msgspec.Struct, frozen=True):
    """A tool call in the history."""

    id: str
    name: str
    arguments: str


class ToolResult(msgspec.Struct, frozen=True):
    """A tool's result in the history."""

    id: str
    text: str
    name: str | None = None
    failed: bool = False


class Approval(msgspec.Struct, frozen=True):
    """The caller's word about an MCP call: the id of the request for it, and yes or no."""

    id: str
    approved: bool
    reason: str = ""


class Turn(msgspec.Struct):
    """One message of the history.

    Attributes:
        role: who said it.
        text: its text.
        calls: tool calls in it.
        results: results in it.
        ran: names of the service's own tools that ran in it.
        asked: ids of the approvals that it asks for.
        approvals: approvals in it.
    """

    role: Literal["system", "user", "assistant", "tool"]
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    ran: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()


class Prompt(msgspec.Struct, kw_only=True):
    """A whole request.

    Attributes:
        model: the name as the caller wrote it.
        model_id: the name without what the protocol adds to it: a tag, an ARN.
        turns: the history.
        tools: the tools that are offered.
        offers: tools of the service's own that are asked for.
        documents: texts to answer from, each with its ``id``.
        logprobs: how many alternatives to each token are wanted; None for no probabilities.
        sound: whether the answer is to be spoken.
        choice: ``auto``, ``none``, ``required`` or the name of a tool.
        parallel: whether several calls in one turn are welcome.
        max_tokens: limit of the answer, thoughts included.
        stop: texts that end the answer.
        seed: seed of the answer.
        schema: JSON schema that the answer must fit, ``{}`` for any JSON object.
        thinking: whether thoughts are wanted; None leaves it to the model.
        show_thoughts: whether thoughts are shown in plain text; None leaves it to the service.
        cites_first: whether the protocol gives each cited text a block of its own, and tells its
            sources before it.
        approves: whether the protocol can ask for approvals.
        pauses: whether the protocol can end an answer to have it gone on with.
        plans: whether the protocol lets a turn with tool calls begin with a word about them.
        stream: whether the answer is streamed.
        background: whether it is kept, and goes on without its reader; its encoder tells its id,
            ``response_id``.
        begun: the beginning of the answer, where it is given to be gone on with: the last turn.
        echoes: whether the answer tells that beginning again.
        plain: whether the answer leaves out what only the real service has: padding, pings, a
            tier, a fingerprint.
        body: the decoded body that all this was read from.
        options: what only the protocol's own encoder needs.
    """

    model: str
    model_id: str = ""
    turns: list[Turn]
    tools: tuple[Tool, ...] = ()
    offers: tuple[Offer, ...] = ()
    documents: tuple[dict[str, Any], ...] = ()
    logprobs: int | None = None
    sound: bool = False
    cites_first: bool = False
    approves: bool = False
    pauses: bool = False
    choice: str = "auto"
    parallel: bool = True
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    schema: dict[str, Any] | None = None
    thinking: bool | None = None
    show_thoughts: bool | None = None
    plans: bool = False
    stream: bool = False
    background: bool = False
    begun: str = ""
    echoes: bool = False
    plain: bool = False
    body: dict[str, Any] = {}
    options: dict[str, Any] = {}

    def __post_init__(self) -> None:
        self.model_id = self.model_id or self.model

    @property
    def last_user_text(self) -> str:
        """Text of the latest user message that has some."""
        return next((t.text for t in reversed(self.turns) if t.role == "user" and t.text), "")

    @property
    def last_words(self) -> str:
        """Text of the last turn, where it is the assistant's and nothing but text."""
        last = self.turns[-1] if self.turns else Turn("user")
        plain = last.role == "assistant" and not (last.calls or last.ran or last.asked)
        return last.text if plain else ""

    def since_user(self) -> list[Turn]:
        """The turns after the latest user message with text of its own."""
        for index in range(len(self.turns) - 1, -1, -1):
            turn = self.turns[index]
            if turn.role == "user" and turn.text:
                return self.turns[index:] if turn.results else self.turns[index + 1 :]
        return self.turns

    def check_types(self) -> None:
        """See that values have their types, where the protocol's own rules did not look.

        Raises:
            TypeError, AttributeError, ValueError: where one has not.
        """
        for limit in (self.max_tokens, self.seed, self.logprobs):
            if limit is not None:
                operator.index(limit)
        texts = [self.model, self.choice, *self.stop, *(tool.name for tool in self.tools)]
        for turn in self.turns:
            texts.append(turn.text)
            for call in turn.calls:
                texts += call.name, call.arguments
            texts += [result.text for result in turn.results]
        for text in texts:
            text.encode()

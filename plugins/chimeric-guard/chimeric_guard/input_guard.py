"""The input guard: nothing that a check refuses is sent."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import Any

import msgspec

from chimeric import Context, Delta, Message, RefusedError, Request, TextPart, hookimpl

from .checking import Checking, OnError, Report
from .verdicts import Check, Kind, Passage, Refuse, Replace, Verdict

__all__ = ["InputGuard"]

ROLES = ("user", "system", "developer")


class _Call:
    """What one call has come to: verdicts by text, since each turn sends the earlier ones again."""

    def __init__(self) -> None:
        self.verdicts: dict[tuple[str, str], Verdict] = {}
        self.report = Report()


class InputGuard:
    """A plugin for ``Chimeric(plugins=[...])`` that checks what is said before it is sent.

    The check is as a ``Guard``'s, and is asked once a call for each text of a message. A refusal
    raises a ``RefusedError`` before anything is sent, or is answered with a text.

    Args:
        check: what approves. ``Replace(text)`` sends another text instead, in every turn.
        roles: whose messages are checked. Of these all texts are, those of earlier turns too.
        tool_results: whether what tools answered is checked before the model reads it.
        answer: a text to answer a refused request with, with the finish reason
            ``content_filter``, instead of raising. Nothing is sent then either. With
            ``native=True`` there is nothing to answer with, and it raises.
        timeout: seconds that the check has for each text; None for no limit but the call's.
        on_error: what happens when it raises, is late or returns something else: ``fail`` fails
            the call with a ``PluginError``; ``pass`` sends the text, with a ``PluginWarning``.
        inline: as ``Guard``'s.

    Raises:
        ValueError: for a role, a number or a word that makes no sense.
        TypeError: for a check that cannot be called.

    Example:
        >>> guard = InputGuard(lambda text: len(text) < 10_000, inline=True)
    """

    def __init__(
        self,
        check: Check,
        *,
        roles: Collection[str] = ROLES,
        tool_results: bool = False,
        answer: str | None = None,
        timeout: float | None = 10.0,
        on_error: OnError = "fail",
        inline: bool | None = None,
    ) -> None:
        roles = [roles] if isinstance(roles, str) else roles
        if unknown := [role for role in roles if role not in (*ROLES, "assistant")]:
            raise ValueError(
                f"roles: {unknown[0]!r} is none of {', '.join(ROLES)}, assistant; for what tools "
                "answer there is tool_results=True"
            )
        self._checking = Checking(check, timeout=timeout, on_error=on_error, inline=inline)
        self._roles = frozenset([*roles, "tool"] if tool_results else roles)
        self._answer = answer
        self._name = f"chimeric-guard-input-{id(self)}"

    @hookimpl(trylast=True)
    def chimeric_prepare_request(
        self, request: Request, context: Context
    ) -> Generator[Any, Any, Request | None]:
        """Have what is new in the request judged, as it is to be sent."""
        call: _Call = context.state.setdefault(self._name, _Call())
        messages: list[Message] = []
        for message in request.messages:
            if message.role in self._roles:
                message = yield from self._judged(message, call, context)
            messages.append(message)
        if call.report.refused is not None:
            return None  # it is answered instead
        if all(new is old for new, old in zip(messages, request.messages, strict=True)):
            return None
        return request.replace(messages=tuple(messages))

    @hookimpl(tryfirst=True)
    def chimeric_answer(self, context: Context) -> list[Delta] | None:
        """What a refused request is answered with."""
        call: _Call | None = context.state.get(self._name)
        if call is None or call.report.refused is None:
            return None
        told = {"guard": call.report.told()}
        return [Delta(text=self._answer, finish_reason="content_filter", metadata=told)]

    def _judged(
        self, message: Message, call: _Call, context: Context
    ) -> Generator[Any, Any, Message]:
        if isinstance(message.content, str):
            text = yield from self._text(message.content, message, call, context)
            return message if text == message.content else _with(message, text)
        parts = list(message.content)
        for place, part in enumerate(parts):
            if isinstance(part, TextPart):
                text = yield from self._text(part.text, message, call, context)
                if text != part.text:
                    parts[place] = msgspec.structs.replace(part, text=text)
        changed = any(new is not old for new, old in zip(parts, message.content, strict=True))
        return _with(message, tuple(parts)) if changed else message

    def _text(
        self, text: str, message: Message, call: _Call, context: Context
    ) -> Generator[Any, Any, str]:
        """What a text is sent as."""
        if not text or call.report.refused is not None:
            return text
        kind: Kind = "tool_result" if message.role == "tool" else "prompt"
        verdict = call.verdicts.get((kind, text))
        if verdict is None:
            name = (message.name or "") if kind == "tool_result" else ""
            passage = Passage(text, kind, name=name, context=context)
            verdict = yield from self._checking.verdict(passage, call.report)
            call.verdicts[kind, text] = verdict
        if isinstance(verdict, Refuse):
            if self._answer is None or context.request.native:  # nobody can answer these
                raise RefusedError(verdict.reason)
            call.report.refused, call.report.kind = verdict.reason, kind
        return verdict.text if isinstance(verdict, Replace) else text


def _with(message: Message, content: Any) -> Message:
    return msgspec.structs.replace(message, content=content)

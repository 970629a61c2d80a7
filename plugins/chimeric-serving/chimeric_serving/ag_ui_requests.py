"""What a front end of AG-UI sends: ``RunAgentInput``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec

from chimeric import Message, Tool, ToolCall

from .ag_ui_messages import Reading
from .approvals import Approval, add_result, denial, resumed
from .requests import MAX_BODY, InvalidRequestError, decoded, is_list, is_object

__all__ = ["AGUIRequest", "read_ag_ui_request"]


class AGUIRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A ``RunAgentInput``. All of it comes from a browser, which may have made it up.

    Attributes:
        messages: the conversation, for ``generate``, with ``context`` in a system message at its
            beginning. No approval is in force in it: see ``resume``.
        tools: the front end's own tools, for ``generate``: the model may call them, and the run
            ends so that the front end answers.
        thread_id: id of the conversation.
        run_id: id of this run.
        state: the state that front end and agent share.
        context: what the front end tells of itself: (description, value).
        forwarded_props: whatever else the front end was told to send.
        approvals: what was decided about calls that waited for an approval.
        denied: why, for the ids of calls that were denied; ``resume`` adds those that it refuses.
        protocol_version: of the front end; None before 1.0.
        ignored: what was left out, since no model can be told of it.

    Example:
        >>> request = read_ag_ui_request({"threadId": "t", "runId": "r", "messages": [
        ...     {"id": "1", "role": "user", "content": "Hi"}]})
        >>> request.messages
        (Message(role='user', content='Hi'),)
    """

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    thread_id: str
    run_id: str
    state: Any = None
    context: tuple[tuple[str, str], ...] = ()
    forwarded_props: Any = None
    approvals: tuple[Approval, ...] = ()
    denied: dict[str, str] = {}
    protocol_version: str | None = None
    ignored: tuple[str, ...] = ()

    @property
    def decisions(self) -> dict[str, bool | str]:
        """What was decided, for ``resume`` of the response that the server has kept."""
        return {approval.call.id: approval.decision for approval in self.approvals}

    def resume(self, allow: Callable[[ToolCall], bool]) -> list[Message]:
        """The messages with the approvals in force, as ``UIRequest.resume`` makes them."""
        return resumed(self.messages, self.approvals, allow, self.denied)


def read_ag_ui_request(
    body: bytes | str | Mapping[str, Any], *, max_bytes: int = MAX_BODY
) -> AGUIRequest:
    """Read the body of a run.

    Args:
        body: the body, or its JSON.
        max_bytes: how large it may be.

    Raises:
        InvalidRequestError: for what is no such body; its text may be shown.

    Example:
        .. code-block:: python

            request = read_ag_ui_request(await read_body(http_request.stream()))
    """
    raw = decoded(body, max_bytes)
    reading = Reading()
    messages = reading.all(raw.get("messages"))
    context = tuple(_context(raw.get("context")))
    if context:
        told = "\n".join(f"{description}: {value}" for description, value in context)
        messages.insert(0, Message("system", told))
    if not messages:
        raise InvalidRequestError("the request has no messages")
    approvals = tuple(_approvals(raw.get("resume"), messages))
    for approval in approvals:
        if not approval.approved:
            add_result(messages, denial(approval.call, approval.reason))
    version = raw.get("protocolVersion")
    return AGUIRequest(
        messages=tuple(messages),
        tools=tuple(_tools(raw.get("tools"))),
        thread_id=_id(raw, "threadId", "thread_id"),
        run_id=_id(raw, "runId", "run_id"),
        state=raw.get("state"),
        context=context,
        forwarded_props=raw.get("forwardedProps", raw.get("forwarded_props")),
        approvals=approvals,
        denied={a.call.id: a.reason or "" for a in approvals if not a.approved},
        protocol_version=version if isinstance(version, str) else None,
        ignored=tuple(sorted(reading.ignored)),
    )


def _id(raw: Mapping[str, Any], *names: str) -> str:
    value = next((raw[name] for name in names if name in raw), None)
    if not isinstance(value, str) or not value:
        raise InvalidRequestError(f"{names[0]} must be a string")
    return value


def _list(value: Any, name: str) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not is_list(value) or not all(is_object(item) for item in value):
        raise InvalidRequestError(f"{name} must be a list of objects")
    return cast("list[Mapping[str, Any]]", value)


def _context(value: Any) -> list[tuple[str, str]]:
    entries = _list(value, "context")
    return [(str(entry.get("description", "")), str(entry.get("value", ""))) for entry in entries]


def _tools(value: Any) -> list[Tool]:
    tools: list[Tool] = []
    for number, raw in enumerate(_list(value, "tools")):
        name, parameters = raw.get("name"), raw.get("parameters")
        description = raw.get("description")
        if not isinstance(name, str) or not name:
            raise InvalidRequestError(f"tools[{number}].name must be a string")
        if parameters is not None and not is_object(parameters):
            raise InvalidRequestError(f"tools[{number}].parameters must be a JSON schema")
        schema = parameters or {"type": "object", "properties": {}}
        text = description if isinstance(description, str) else ""
        tools.append(Tool(name=name, description=text, parameters=schema))
    return tools


def _approvals(value: Any, messages: list[Message]) -> list[Approval]:
    """Answers to interrupts, of calls that are without a result."""
    calls = {call.id: call for message in messages for call in message.tool_calls}
    answered = {message.tool_call_id for message in messages if message.role == "tool"}
    found: list[Approval] = []
    for number, raw in enumerate(_list(value, "resume")):
        id_, payload = raw.get("interruptId"), raw.get("payload")
        if not isinstance(id_, str) or id_ not in calls or id_ in answered:
            raise InvalidRequestError(f"resume[{number}] is about no call that waits")
        told = payload if is_object(payload) else {}
        approved = raw.get("status") == "resolved" and told.get("approved") is True
        reason = told.get("reason")
        text = reason if isinstance(reason, str) else None
        found.append(Approval(calls[id_], approved, text))
        answered.add(id_)
    return found

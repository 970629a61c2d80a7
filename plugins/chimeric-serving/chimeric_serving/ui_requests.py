"""What ``useChat`` sends: the body of a request, and its messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from chimeric import Message, Part, ToolCall

from .approvals import Approval, resumed
from .requests import MAX_BODY, InvalidRequestError, decoded
from .ui_messages import Reading

__all__ = ["UIRequest", "from_ui_messages", "read_ui_request"]

ReadData = Callable[[str, Any], "Part | str | None"]


class UIRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request of ``useChat``. All of it comes from a browser, which may have made it up.

    Attributes:
        messages: the conversation, for ``generate``. No approval is in force in it: see ``resume``.
        id: the chat's id.
        trigger: ``submit-message`` or ``regenerate-message``.
        message_id: id of the message that was edited or is to be made anew, where one was.
        continues: id of the assistant's message that the answer goes on with (tools of the front
            end, approvals); None where the answer is a new message.
        calls: ids of the tool calls in that message.
        approvals: what was decided about calls that waited for an approval.
        denied: why, for the ids of calls that were denied; ``resume`` adds those that it refuses.
        ignored: types of parts that were left out, since no model can be told of them.
        body: all other keys of the body.

    Example:
        >>> body = {"messages": [{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}]}
        >>> read_ui_request(body).messages
        (Message(role='user', content='Hi'),)
    """

    messages: tuple[Message, ...]
    id: str | None = None
    trigger: Literal["submit-message", "regenerate-message"] = "submit-message"
    message_id: str | None = None
    continues: str | None = None
    calls: frozenset[str] = frozenset()
    approvals: tuple[Approval, ...] = ()
    denied: dict[str, str] = {}
    ignored: tuple[str, ...] = ()
    body: Mapping[str, Any] = {}

    @property
    def decisions(self) -> dict[str, bool | str]:
        """What was decided, for ``resume`` of the response that the server has kept.

        Example:
            .. code-block:: python

                messages = kept_response.resume(request.decisions)
        """
        return {approval.call.id: approval.decision for approval in self.approvals}

    def resume(self, allow: Callable[[ToolCall], bool]) -> list[Message]:
        """The messages with the approvals in force: what is approved runs before the next turn.

        A browser can claim that a person has approved a call, and can have made up the call with
        its arguments. ``allow`` is this server's own say about each approved call: whether it
        knows of it, and whether this user may approve it. A call that it refuses is denied.

        Example:
            .. code-block:: python

                messages = request.resume(lambda call: (call.id, call.arguments) in asked_for)
        """
        return resumed(self.messages, self.approvals, allow, self.denied)


def read_ui_request(
    body: bytes | str | Mapping[str, Any],
    *,
    max_bytes: int = MAX_BODY,
    data: ReadData | None = None,
) -> UIRequest:
    """Read the body that the ``DefaultChatTransport`` of ``useChat`` posts.

    ``messages`` may also be one ``message``, as ``prepareSendMessagesRequest`` is often written.

    Args:
        body: the body, or its JSON.
        max_bytes: how large it may be; attachments are in it, as base64.
        data: what the model is told of a ``data-NAME`` part, given the name and the data; a part,
            a text or None. Without it they are left out.

    Raises:
        InvalidRequestError: for what is no such request; its text may be shown.

    Example:
        >>> read_ui_request(b'{"messages": []}')
        Traceback (most recent call last):
        ...
        chimeric_serving.requests.InvalidRequestError: the request has no messages
    """
    raw = dict(decoded(body, max_bytes))
    found = raw.pop("messages", None)
    if found is None and "message" in raw:
        found = [raw.pop("message")]
    reading = Reading(data)
    messages = reading.all(found)
    is_answer = reading.last.get("role") == "assistant"
    continued = _text(reading.last, "id") if is_answer else None
    trigger = raw.pop("trigger", None)
    return UIRequest(
        messages=messages,
        id=_text(raw, "id"),
        trigger="regenerate-message" if trigger == "regenerate-message" else "submit-message",
        message_id=_text(raw, "messageId"),
        continues=continued,
        calls=frozenset(reading.calls) if continued is not None else frozenset(),
        approvals=tuple(reading.approvals),
        denied={a.call.id: a.reason or "" for a in reading.approvals if not a.approved},
        ignored=tuple(sorted(reading.ignored)),
        body={name: value for name, value in raw.items() if name not in ("id", "messageId")},
    )


def from_ui_messages(messages: object, *, data: ReadData | None = None) -> list[Message]:
    """The messages of a list of ``UIMessage``s, such as a stored chat. No approval is in force.

    Raises:
        InvalidRequestError: for what is none.

    Example:
        >>> from_ui_messages([{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}])
        [Message(role='user', content='Hi')]
    """
    return list(Reading(data).all(messages))


def _text(raw: Mapping[str, Any], name: str) -> str | None:
    value = raw.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidRequestError(f"{name} must be a string")
    return value

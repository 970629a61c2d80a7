"""The ``input`` of a body as messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from chimeric import Message, NativePart, ToolCall
from chimeric_gateway.call_ids import RESPONSES_IDS
from chimeric_gateway.shapes import is_array, is_object

from .content import read_content, said_by_assistant
from .faults import invalid_type, missing, refused
from .thoughts import label
from .tools import INPUT
from .turns import Turn

__all__ = ["Items"]

CALLS: Final = {"function_call": "arguments", "custom_tool_call": "input"}
OUTPUTS: Final = ("function_call_output", "custom_tool_call_output")
ROLES: Final = ("assistant", "system", "developer", "user")
ANSWERS: Final = ("_output", "_response")
"""How the types of items end that the client says itself."""


class Items:
    """Reads input items one by one.

    Items of the assistant's that follow each other are one turn. Results stand behind the turn that
    made their call, wherever the client put them.

    Args:
        same: the name under which the upstream's provider keeps its items, where it speaks
            Responses itself (``openai.responses``): then items of its own pass, and so does what
            it encrypted. Empty: the upstream speaks something else.

    Attributes:
        left_out: places and types of items that no other protocol has.
    """

    def __init__(self, same: str = "") -> None:
        self.left_out: list[str] = []
        self._same = same
        self._said: list[Message | Turn] = []
        self._calls: dict[str, tuple[Turn, str]] = {}
        self._answered: set[str] = set()

    def read(self, given: Any) -> list[Message]:
        """All messages of an ``input``.

        Raises:
            Refusal: 400 that names the item at fault.
        """
        if given is None:
            raise missing("input")
        if isinstance(given, str):
            return [Message("user", given)]
        if not is_array(given):
            raise invalid_type("input", "one of a string or array of input items", given)
        for index, item in enumerate(given):
            place = f"input[{index}]"
            if isinstance(item, str):  # as some clients write a user's message
                item = {"role": "user", "content": item}
            if not is_object(item):
                raise invalid_type(place, "an object", item)
            self._item(item, place)
        messages = [message for said in self._said for message in self._messages(said)]
        if not messages:
            message = "Invalid 'input': empty array. Expected an array with minimum length 1."
            raise refused(message, "input", "empty_array")
        return messages

    def _messages(self, said: Message | Turn) -> list[Message]:
        return said.messages(self._same) if isinstance(said, Turn) else [said]

    def _item(self, item: dict[str, Any], place: str) -> None:
        kind = item.get("type") or ("message" if "role" in item else None)
        if not isinstance(kind, str):
            raise missing(f"{place}.type")
        if kind == "message":
            self._message(item, place)
        elif kind in CALLS:
            self._call(item, kind, place)
        elif kind in OUTPUTS:
            self._output(item, place)
        elif kind == "reasoning":
            self._thought(item)
        elif kind == "item_reference":
            message = (
                f"Item with id '{item.get('id')}' not found. Items are not stored here: send the "
                "item itself."
            )
            raise refused(message, place, "item_not_found")
        elif not self._same:
            self.left_out.append(f"{place} ({kind})")
        elif kind.endswith(ANSWERS):
            self._said.append(Message("user", (NativePart(item),)))
        else:
            self._turn().own(item)

    def _turn(self) -> Turn:
        """The assistant's turn that an item belongs to."""
        last = self._said[-1] if self._said else None
        if isinstance(last, Turn) and not last.results:
            return last
        turn = Turn()
        self._said.append(turn)
        return turn

    def _message(self, item: dict[str, Any], place: str) -> None:
        role = item.get("role")
        if role is None:
            raise missing(f"{place}.role")
        if role not in ROLES:
            message = (
                f"Invalid value: '{role}'. Supported values are: 'assistant', 'system', "
                "'developer', and 'user'."
            )
            raise refused(message, f"{place}.role", "invalid_value")
        if role == "assistant":
            said = said_by_assistant(item.get("content"), f"{place}.content")
            phase = item.get("phase") if self._same else None
            self._turn().say(*said, phase if isinstance(phase, str) else None, item)
            return
        content = item.get("content")
        if content is None:
            raise missing(f"{place}.content")
        read = read_content(content, f"{place}.content", self._lost)
        self._said.append(Message(role, read))

    def _call(self, item: dict[str, Any], kind: str, place: str) -> None:
        told, name = item.get("call_id"), item.get("name")
        if not isinstance(told, str) or not told:
            raise missing(f"{place}.call_id")
        if not isinstance(name, str) or not name:
            raise missing(f"{place}.name")
        said = item.get(CALLS[kind])
        if said is None:
            said = ""
        if is_object(said):  # some clients decode it
            said = msgspec.json.encode(said).decode()
        if not isinstance(said, str):
            raise invalid_type(f"{place}.{CALLS[kind]}", "a string", said)
        identity = RESPONSES_IDS.read(told)
        custom = kind == "custom_tool_call"
        if custom and not self._same:
            said = msgspec.json.encode({INPUT: said}).decode()
        form: Literal["custom", "function"] = "custom" if custom and self._same else "function"
        turn = self._turn()
        turn.call(ToolCall(identity, name, said, form), {**item, "call_id": identity})
        self._calls[identity] = (turn, name)

    def _output(self, item: dict[str, Any], place: str) -> None:
        told = item.get("call_id")
        if not isinstance(told, str) or not told:
            raise missing(f"{place}.call_id")
        identity = RESPONSES_IDS.read(told)
        if identity not in self._calls:
            message = f"No tool call found for function call output with call_id {told}."
            raise refused(message, "input")
        if identity in self._answered:
            message = (
                f"Duplicate function_call_output for call_id '{told}'. Each function_call must "
                "have exactly one matching function_call_output."
            )
            raise refused(message, "input")
        output = item.get("output")
        if output is None:
            raise missing(f"{place}.output")
        if is_object(output) or isinstance(output, (bool, int, float)):
            output = msgspec.json.encode(output).decode()
        content = read_content(output, f"{place}.output", self._lost)
        turn, name = self._calls[identity]
        turn.results.append(Message("tool", content, tool_call_id=identity, name=name))
        self._answered.add(identity)

    def _lost(self, place: str) -> bool:
        """Whether a part of no known kind passes; where it does not, that is noted."""
        if not self._same:
            self.left_out.append(place)
        return bool(self._same)

    def _thought(self, item: Mapping[str, Any]) -> None:
        """Reasoning: its text for whoever reads it, and what was encrypted for its maker alone."""
        maker, content = label(item.get("encrypted_content"))
        own = content is not None and maker == self._same
        self._turn().think(item, {**item, "encrypted_content": content} if own else None)

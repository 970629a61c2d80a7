"""What is said in the service's own words, and in everybody's forms of media, stays as it was
approved."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

import msgspec

from chimeric import Chimeric
from chimeric_testing.approved import Approved
from chimeric_testing.asked import Asked
from chimeric_testing.harness import Harness
from chimeric_testing.leaves import nodes
from chimeric_testing.recorded import is_object
from chimeric_testing.spoiling import bereft, blanked, shape

from .media_forms import MEDIA_FORMS

__all__ = ["FormChecks"]

BEFORE: Final = {"role": "user", "content": "Hi"}
AFTER: Final = {"role": "user", "content": "Go on"}
CALLED: Final = {
    "role": "assistant",
    "tool_calls": [{"id": "c1", "function": {"name": "weather", "arguments": "{}"}}],
}
SYSTEM: Final = {"role": "system", "content": "Be brief."}

MOST: Final = 400
"""Objects larger than so many characters are said as they are, and not without their members."""

APIS: Final = (
    *("chat_completions", "responses", "messages", "converse", "invoke", "generate_content"),
    *("interactions", "chat", "generate", "zodd", ""),
)
"""Words for an API of a service that has several."""

VALUES: Final[tuple[Any, ...]] = ("zodd", 7, True, {"a": 1}, ["zodd"], [{"a": 1}])
"""A value of each kind, for parameters that only the provider knows."""


class FormChecks(Harness):
    """Dicts as the service itself has them, and the parameters that a provider declares."""

    _kept_alone: ClassVar[Chimeric]

    def test_what_the_service_said_can_be_said_to_it_as_it_was_approved(self) -> None:
        """Each object of a recorded answer as a message, and as a part of one."""
        approved = self._approvals()
        seen: set[str] = set()
        found: dict[str, str] = {}
        for name, answer in self.answers.items():
            marks: list[str] = []
            for _, node in nodes(self.decode_event(answer.body)):
                if not is_object(node) or not node or (like := shape(node)) in seen:
                    continue
                seen.add(like)
                odds = [("as it is", node)]
                if len(repr(node)) <= MOST:
                    odds += [*bereft(node), *blanked(node)]
                marks += [f"{what} {self._as_said(odd)}" for what, odd in odds]
            found[name] = _digest(marks)
        approved.check("its own words", found)

    def test_media_in_every_form_are_sent_as_it_was_approved(self) -> None:
        approved = self._approvals()
        found: dict[str, str] = {}
        for name, part in MEDIA_FORMS.items():
            found[name] = _digest(self._mark(messages=said) for said in _with_part(part))
        approved.check("media", found)

    def test_declared_parameters_are_sent_as_it_was_approved(self) -> None:
        """Each by itself with values of every kind, and where nothing else is said."""
        approved = self._approvals()
        found: dict[str, str] = {}
        for name in self._plugin.declaration.params:
            marks = [self._mark(messages="Hi", **{name: value}) for value in VALUES]
            marks += [self._mark(messages=[SYSTEM], **{name: "zodd"})]
            found[name] = _digest(marks)
        if "api" in self._plugin.declaration.options:
            found |= {f"api {word}": _digest([self._mark(api=word)]) for word in APIS}
        approved.check("declared parameters", found)

    def _as_said(self, value: Any) -> str:
        marks = [self._mark(messages=[BEFORE, value, AFTER])]
        marks += [self._mark(messages=said) for said in _with_part(value)[:1]]
        return " ".join(marks)

    def _mark(self, **params: Any) -> str:
        with contextlib.suppress(TypeError):  # what no caller can say
            return _asked(self._ask(self._alone, **params))
        return ""

    @property
    def _alone(self) -> Chimeric:
        """Others would read forms that are not everybody's."""
        kept = type(self)
        if "_kept_alone" not in vars(kept):
            kept._kept_alone = self._client_alone()
        return kept._kept_alone

    def _approvals(self) -> Approved:
        if self.approved is None:
            import pytest

            pytest.skip("no file of what was approved is named")
        return Approved(self.approved)


def _with_part(part: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    """A conversation with a part said by the user, as an answer, and as a result."""
    text = {"type": "text", "text": "Look"}
    return [
        [{"role": "user", "content": [text, part]}],
        [BEFORE, {"role": "assistant", "content": [text, part]}, AFTER],
        [BEFORE, CALLED, {"role": "tool", "tool_call_id": "c1", "content": [text, part]}],
    ]


def _asked(asked: Asked) -> str:
    """What is sent and told; of a refusal its class alone."""
    if asked.refusal is not None:
        return type(asked.refusal).__name__
    return f"{asked.path} {msgspec.json.encode([asked.body, asked.told], enc_hook=str).decode()}"


def _digest(marks: Iterator[str] | list[str]) -> str:
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:12]

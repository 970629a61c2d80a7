"""What a form of conversations has to say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from chimeric_testing.saying.media import Media, document, picture, sound
from chimeric_testing.saying.speaker import Call, Speaker

__all__ = ["Form"]

THOUGHT = ("reason", "thinking", "thought", "state")
"""What a warning calls thoughts that were left out."""

WITHOUT_MEDIA = 0.9


class Form(ABC):
    """Writes turns in one form."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker

    @abstractmethod
    def system(self, role: str) -> list[Any]:
        """A system or developer message."""

    @abstractmethod
    def user(self) -> list[Any]:
        """A message of the user."""

    @abstractmethod
    def answer(self, calls: list[Call]) -> list[Any]:
        """A turn of the model."""

    @abstractmethod
    def results(self, calls: list[Call]) -> list[Any]:
        """The results of all calls of a turn."""

    # --- for those that derive from it -----------------------------------------------------------

    def media(self) -> Media | None:
        """Something that is no text, now and then."""
        if self.speaker.maybe(WITHOUT_MEDIA):
            return None
        return self.speaker.one_of(picture, picture, sound, document)(self.speaker)

    def seen(self) -> Media | None:
        """A picture, now and then."""
        return None if self.speaker.maybe(WITHOUT_MEDIA) else picture(self.speaker)

    def thinks(self) -> bool:
        """Whether a turn begins with thoughts."""
        return self.speaker.maybe(0.15)

    def thought(self) -> str:
        """A thought."""
        return self.speaker.word("thought", told=THOUGHT)

    def result(self, call: Call) -> str:
        """A text that a tool returns."""
        mark = self.speaker.word("result", call=call.number)
        return self.speaker.one_of(
            mark, mark, f'{{"a": "{mark}"}}', f'["{mark}"]', f'{{"$ref": "{mark}", "error": 1}}'
        )

"""A whole call: a conversation in one form or several, tools and parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .asking import params
from .forms import FORMS, Form
from .said import Said
from .speaker import Call, Speaker
from .tools import tools

__all__ = ["say"]


def say(
    seed: int,
    *,
    forms: tuple[str, ...] = tuple(FORMS),
    signed: Callable[[str, str], str] | None = None,
) -> Said:
    """What a caller might say, the same for the same seed.

    Args:
        seed: any number.
        forms: the forms of conversations to choose from.
        signed: makes a signature of a thought that the provider's service takes for its own.

    Example:
        .. code-block:: python

            said = say(7)
            client.generate(model, **said.arguments())
    """
    speaker = Speaker(seed, signed)
    if speaker.maybe(0.05):
        messages: Any = speaker.word(role="user")
        names: list[str] = []
    else:
        messages = _Talk(speaker, forms).messages()
        names = ["find"] if speaker.maybe(0.6) else []
        if names and speaker.maybe(0.3):
            names.append("other")
    offered = tools(speaker, names, gemini="contents" in forms)
    asked = params(speaker, names)
    return Said(
        seed=seed,
        messages=messages,
        tools=offered,
        params=asked,
        leaves=speaker.leaves,
        open=speaker.open,
    )


class _Talk:
    """Turns of a conversation."""

    def __init__(self, speaker: Speaker, forms: tuple[str, ...]) -> None:
        self._speaker = speaker
        made = [FORMS[name](speaker) for name in forms]
        self._form = speaker.chance.choice(made)
        self._forms = made if speaker.maybe(0.15) else [self._form]

    def messages(self) -> list[Any]:
        """All of them."""
        speaker = self._speaker
        told: list[Any] = []
        if speaker.maybe(0.5):
            told += self._system()
        for _ in range(speaker.chance.randint(1, 3)):
            told += self._form_of_turn().user()
            if speaker.maybe(0.06):
                told += self._system()
            for _ in range(speaker.one_of(0, 0, 1, 1, 2)):
                told += self._round()
            if speaker.maybe(0.8):
                told += self._form_of_turn().answer([])
        if speaker.maybe(0.9):
            told += self._form_of_turn().user()
        return told

    def _system(self) -> list[Any]:
        role = self._speaker.one_of("system", "developer", "system")
        return self._form_of_turn().system(role)

    def _form_of_turn(self) -> Form:
        return self._speaker.chance.choice(self._forms)

    def _round(self) -> list[Any]:
        form = self._form_of_turn()
        calls: list[Call] = [
            self._speaker.call() for _ in range(self._speaker.one_of(1, 1, 1, 2, 3))
        ]
        told = form.answer(calls)
        if self._speaker.maybe(0.04):
            return told  # nobody has answered
        return told + form.results(calls)

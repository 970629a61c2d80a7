"""The output guard: nothing of an answer comes out that a check has not approved."""

from __future__ import annotations

from typing import Literal, TypeAlias

from chimeric import Context, hookimpl

from .checking import Checking, OnError
from .held import Cutter
from .processor import GuardProcessor
from .verdicts import Check, Kind

__all__ = ["By", "Guard"]

By: TypeAlias = Literal["sentence", "window"]

MOST = 4000
"""Characters that are held at most: a page and a half."""


class Guard:
    """A plugin for ``Chimeric(plugins=[...])`` that holds answers back until a check approves them.

    A check is called with a text, and with a ``Passage`` too if it takes two arguments. It is a
    plain function (which runs in a thread), a coroutine function (in asynchronous calls), or a
    generator that asks by ``yield from`` ``fetch(...)``, ``run(...)`` or ``wait(...)``. It returns
    ``True``, ``False``, ``Refuse(reason)`` or ``Replace(text)``; ``RefusedError`` refuses, too.

    A refusal ends the turn with the finish reason ``content_filter``: the connection is closed,
    tools are not run, and ``metadata["guard"]`` says why.

    Args:
        check: what approves.
        by: what it is asked about: each ``sentence``, or ``window`` of text.
        window: the fewest characters of new text in a window.
        overlap: characters that are held back at the end of a window, and are the beginning of the
            next one: what is at most one longer is seen whole, however the text is cut.
        most: the most characters that are held. A sentence that is longer is cut as windows are.
        text: whether text, refusals of the model and what it cites are held and checked.
        reasoning: whether reasoning is.
        tool_calls: whether calls of tools are, and tools that the provider runs: their arguments
            and results as JSON text, once they are whole.
        timeout: seconds that the check has for each passage; None for no limit but the call's.
        on_error: what happens when it raises, is late or returns something else: ``fail`` fails
            the call with a ``PluginError``; ``pass`` gives the text out, with a ``PluginWarning``
            and the number of such passages in ``metadata["guard"]["unchecked"]``.
        inline: whether a plain function is called where the chunk is, instead of in a thread: for
            those that only compute. No limit of time holds for it.

    What is not given is taken from attributes of the check of the same name (``by``, ``window``,
    ``overlap``, ``inline``), if it has them.

    Raises:
        ValueError: for a number or a word that makes no sense.
        TypeError: for a check that cannot be called.

    Example:
        >>> guard = Guard(lambda text: "swordfish" not in text, by="window", overlap=8)
    """

    chimeric_phase = "guard"

    def __init__(
        self,
        check: Check,
        *,
        by: By | None = None,
        window: int | None = None,
        overlap: int | None = None,
        most: int = MOST,
        text: bool = True,
        reasoning: bool = False,
        tool_calls: bool = False,
        timeout: float | None = 10.0,
        on_error: OnError = "fail",
        inline: bool | None = None,
    ) -> None:
        by = getattr(check, "by", "sentence") if by is None else by
        window = getattr(check, "window", 200) if window is None else window
        overlap = getattr(check, "overlap", 40) if overlap is None else overlap
        if by not in ("sentence", "window"):
            raise ValueError(f"by must be 'sentence' or 'window', not {by!r}")
        if window < 1 or overlap < 0 or most <= overlap or most < window:
            raise ValueError(
                "window is at least 1, overlap at least 0, and most is more than overlap and no "
                f"less than window; they are {window}, {overlap} and {most}"
            )
        if not (text or reasoning or tool_calls):
            raise ValueError("a guard of nothing: set text, reasoning or tool_calls")
        self._checking = Checking(check, timeout=timeout, on_error=on_error, inline=inline)
        self._cutter = Cutter(by, window, overlap, most)
        kinds: list[Kind] = ["text", "refusal"] if text else []
        self._kinds: list[Kind] = [*kinds, "reasoning"] if reasoning else kinds
        self._tools = tool_calls

    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> GuardProcessor:
        """What holds the answer of one call back."""
        return GuardProcessor(self._checking, self._cutter, self._kinds, context, tools=self._tools)

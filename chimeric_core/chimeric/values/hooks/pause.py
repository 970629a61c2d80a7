"""``Pause``: what a plugin answers that cannot decide about a tool call now."""

from __future__ import annotations

import msgspec

__all__ = ["Pause"]


class Pause(msgspec.Struct, frozen=True):
    """The answer of ``chimeric_call_tool`` to a call that somebody else has to decide about.

    The other calls of the turn run, and the call of ``generate`` ends with
    ``finish_reason="tool_calls"``: ``response.pending`` has the calls that wait, and
    ``response.resume`` makes the messages to go on with. A plugin that denies or answers the same
    call wins over one that pauses it.

    Attributes:
        reason: why, for whoever decides; it is in ``response.metadata["paused"]`` under the
            call's id. No model reads it.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_call_tool(call):
                if call.name == "send_money":
                    return Pause("a human has to approve this")
    """

    reason: str = ""

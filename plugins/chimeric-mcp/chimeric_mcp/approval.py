"""Which calls of tools a person has to approve first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias

import msgspec

from chimeric import Context, Pause, Tool, ToolCall, hookimpl

__all__ = ["Approval", "MCPTool", "require_approval"]

DEFAULTS: Final[Mapping[str, bool]] = {
    "readOnlyHint": False,
    "destructiveHint": True,
    "idempotentHint": False,
    "openWorldHint": True,
}
"""What the protocol has a client assume of a tool that does not say."""

When: TypeAlias = Callable[[ToolCall, "Tool | None"], bool]


class MCPTool(Tool, frozen=True, kw_only=True):
    """A tool of a server, as the model is offered it.

    Attributes:
        server: the server's label.
        original: its name at the server.
        annotations: the server's hints (``readOnlyHint``, ``destructiveHint``, ...). A server may
            say anything.
        approval: what the server's calls need before they run, or None.
    """

    server: str
    original: str
    annotations: Mapping[str, Any] = {}
    approval: Approval | None = None


class Approval(msgspec.Struct, frozen=True):
    """A plugin that pauses calls until somebody has decided about them.

    Made by ``require_approval``.
    """

    patterns: tuple[str, ...] = ()
    annotation: str = ""
    when: When | None = None
    reason: str = ""

    @hookimpl
    def chimeric_call_tool(self, call: ToolCall, tool: Tool | None, context: Context) -> Any:
        """Pause what has to be approved."""
        return self.verdict(call, tool)

    def verdict(self, call: ToolCall, tool: Tool | None) -> Pause | None:
        """Why a call waits, or None."""
        if not self._holds(call, tool):
            return None
        return Pause(self.reason or f"{call.name} has to be approved")

    def _holds(self, call: ToolCall, tool: Tool | None) -> bool:
        if not (self.patterns or self.annotation or self.when):
            return True
        names = {call.name, getattr(tool, "original", call.name)}
        if any(fnmatchcase(name, pattern) for name in names for pattern in self.patterns):
            return True
        if self.annotation and isinstance(tool, MCPTool):
            told = _hints(tool.annotations)
            if told.get(self.annotation):
                return True
        return self.when is not None and self.when(call, tool)


def require_approval(
    *patterns: str, annotation: str = "", when: When | None = None, reason: str = ""
) -> Approval:
    """Have a person approve calls before they run: a plugin for a client, or for ``use=``.

    A call that waits ends ``generate`` with ``response.pending``, and ``response.resume`` goes on.
    It waits if a pattern fits its name (at the model or at the server), if its tool has the
    annotation, or if ``when`` says so. Without any of these, every call waits.

    Args:
        *patterns: names, with ``*`` and ``?`` where anything may stand.
        annotation: a hint of the protocol, such as ``destructiveHint``. A tool that does not say
            counts as the protocol has it: destructive unless it is read-only, not read-only, not
            idempotent, and reaching into the open world.
        when: a function of the call and its ``Tool``.
        reason: for whoever decides; no model reads it.

    Raises:
        ValueError: for an annotation that the protocol does not know.

    Example:
        >>> plugin = require_approval("delete_*", annotation="destructiveHint")
    """
    if annotation and annotation not in DEFAULTS:
        raise ValueError(f"annotation must be one of {', '.join(DEFAULTS)}, not {annotation!r}")
    return Approval(patterns, annotation, when, reason)


def _hints(told: Mapping[str, Any]) -> Mapping[str, Any]:
    hints = {**DEFAULTS, **told}
    if hints["readOnlyHint"]:
        hints["destructiveHint"] = False  # it means nothing where nothing is changed
    return hints

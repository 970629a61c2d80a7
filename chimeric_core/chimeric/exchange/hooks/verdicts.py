"""What plugins say of a request, a failure and a tool call."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from chimeric.errors import ChimericError
from chimeric.exchange.call import Call
from chimeric.exchange.effects import Effect
from chimeric.values.chunks import ToolExecutionResult
from chimeric.values.context import Continuation
from chimeric.values.hooks.pause import Pause
from chimeric.values.messages import ToolCall
from chimeric.values.messages.resuming import denied
from chimeric.values.requests import Request
from chimeric.values.tools import Tool

from .asking import returned

__all__ = ["gated", "prepared", "recovered"]

WANTED = "return None, a bool, a reason, a completed ToolExecutionResult or a Pause"


def prepared(call: Call, request: Request) -> Generator[Effect, Any, Request]:
    """The request after every plugin had its say."""
    for link in call.hooks.of("chimeric_prepare_request"):
        changed = yield from returned(call, link, request, call.context)
        if changed is None:
            continue
        if not isinstance(changed, Request):
            raise link.wrong_return(changed, "return a Request or None")
        request = changed
    return request


def recovered(
    call: Call, error: ChimericError
) -> Generator[Effect, Any, Request | Continuation | None]:
    """Another request instead of a failure, if a plugin offers one."""
    for link in call.hooks.of("chimeric_recover"):
        offered = yield from returned(call, link, error, call.context)
        if isinstance(offered, (Request, Continuation)):
            return offered
        if offered is not None:
            raise link.wrong_return(offered, "return a Request, a Continuation or None")
    return None


def gated(
    call: Call, wanted: ToolCall, tool: Tool | None
) -> Generator[Effect, Any, ToolExecutionResult | Pause | None]:
    """The answer to a tool call that must not run (now), or None to run it."""
    paused: Pause | None = None
    for link in call.hooks.of("chimeric_call_tool"):
        verdict = yield from returned(call, link, wanted, tool, call.context)
        if verdict is None or verdict is True:
            continue
        if isinstance(verdict, ToolExecutionResult) and verdict.status == "completed":
            return verdict
        if verdict is False or isinstance(verdict, str):
            return denied(wanted, verdict or "")
        if not isinstance(verdict, Pause):
            raise link.wrong_return(verdict, WANTED)
        paused = paused or verdict  # whoever denies or answers the call comes first
    return paused

"""The model that both chat pages talk to, and its tools."""

from __future__ import annotations

import os
from typing import Any

from chimeric import Chimeric, Pause, ToolCall, hookimpl

MODELS = os.environ.get("CHAT_MODELS", "sim:story,sim:show,sim:tools").split(",")
"""What the page offers. The simulator's models need no key; `openai:gpt-5.4-mini` needs
OPENAI_API_KEY, and so on."""


def weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"Rain in {city}, 12 degrees."


def send_mail(to: str, text: str) -> str:
    """Send a mail in the user's name."""
    return f"Sent to {to}."


TOOLS = [weather, send_mail]


class Approvals:
    """Has the user decide about each mail."""

    @hookimpl
    def chimeric_call_tool(self, call: ToolCall) -> Pause | None:
        return Pause("a mail is sent in your name") if call.name == "send_mail" else None


client = Chimeric(plugins=[Approvals()])


def options(model: str) -> dict[str, Any]:
    """What a call is given besides: the simulator is to write no faster than one reads."""
    return {"rate": 40} if model.startswith("sim:") else {}

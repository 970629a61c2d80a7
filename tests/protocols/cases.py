"""All cases: each module beside this one that begins with ``cases_`` has a list of them."""

from __future__ import annotations

from .case import Case
from .cases_chat import CASES as CHAT
from .cases_framing import CASES as FRAMING
from .cases_messages import CASES as MESSAGES
from .cases_more import CASES as MORE
from .cases_responses import CASES as RESPONSES

__all__ = ["CASES"]

CASES: list[Case] = [*CHAT, *RESPONSES, *MESSAGES, *MORE, *FRAMING]

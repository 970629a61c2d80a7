"""What a provider is held to: its requests, its answers, and what of both was approved."""

from __future__ import annotations

from .answer_checks import AnswerChecks
from .approved_checks import ApprovedChecks
from .conversation_checks import ConversationChecks
from .error_checks import ErrorChecks
from .form_checks import FormChecks
from .joined_checks import JoinedChecks
from .order_checks import OrderChecks
from .parameter_checks import ParameterChecks
from .random_checks import RandomChecks
from .spoilt_checks import SpoiltChecks
from .tool_checks import ToolChecks
from .wire_checks import WireChecks

__all__ = [
    "AnswerChecks",
    "ApprovedChecks",
    "ConversationChecks",
    "ErrorChecks",
    "FormChecks",
    "JoinedChecks",
    "OrderChecks",
    "ParameterChecks",
    "RandomChecks",
    "SpoiltChecks",
    "ToolChecks",
    "WireChecks",
]

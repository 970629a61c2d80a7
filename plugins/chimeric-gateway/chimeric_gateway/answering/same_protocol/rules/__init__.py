"""What each protocol's streams have to keep so that clients can read them."""

from .chat import ChatRules
from .messages import MessagesRules
from .responses import ResponsesRules
from .rules import DoubtError, Rules

__all__ = ["ChatRules", "DoubtError", "MessagesRules", "ResponsesRules", "Rules"]

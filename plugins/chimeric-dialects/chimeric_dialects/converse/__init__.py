"""Amazon Bedrock Converse."""

from .dialect import Converse

__all__ = ["Converse"]

"""Answers of an upstream that speaks the client's own protocol: its events pass as they came."""

from .arguments import arguments_of
from .passing import answering_of
from .tap import Tap
from .wire import Wire

__all__ = ["Tap", "Wire", "answering_of", "arguments_of"]

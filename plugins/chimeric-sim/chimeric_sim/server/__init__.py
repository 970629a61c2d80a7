"""The server: HTTP/1.1 on the loopback interface, in a thread of its own."""

from .connection import Traffic
from .replies import Reply
from .requests import Request
from .server import Server

__all__ = ["Reply", "Request", "Server", "Traffic"]

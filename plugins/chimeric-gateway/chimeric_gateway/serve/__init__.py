"""Runs the gateway as a server, and reads its command line."""

from __future__ import annotations

from .addresses import check_address
from .running import Server, serve
from .worker import worker

__all__ = ["Server", "check_address", "serve", "worker"]

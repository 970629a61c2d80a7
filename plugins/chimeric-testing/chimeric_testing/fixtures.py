"""pytest fixtures for plugin authors: ``pytest_plugins = ["chimeric_testing.fixtures"]``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeAlias

import pytest

from .faults import Fault, FaultServer
from .script import Script

__all__ = ["Serve", "serve_fault"]

Serve: TypeAlias = Callable[[Script, "str | Fault"], FaultServer]


@pytest.fixture
def serve_fault() -> Iterator[Serve]:
    """Starts servers of faults, and closes them after the test.

    Example:
        .. code-block:: python

            def test_a_reset_keeps_the_text(serve_fault):
                server = serve_fault(answer, "reset-mid-event")
                client = Chimeric(acme_base_url=server.url, acme_api_key="k")
    """
    with ExitStack() as servers:

        def serve(answer: Script, fault: str | Fault = "ok") -> FaultServer:
            return servers.enter_context(FaultServer(answer, fault))

        yield serve

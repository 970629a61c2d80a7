"""What each process serves."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import warnings
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from chimeric import ConfigurationError
from chimeric_gateway import logs
from chimeric_gateway.config import ConfigWarning, load

from . import telemetry

if TYPE_CHECKING:
    from chimeric_gateway.gateway import Gateway

__all__ = ["CONFIG", "TOLD", "worker"]

CONFIG = "CHIMERIC_GATEWAY_CONFIG"
"""The variable that tells a worker where its file is."""

TOLD: list[str] = []
"""Files whose warnings this process has shown."""

STARTUP_FAILURE = 3
"""The exit code of a worker that cannot start: uvicorn does not try again then."""


def worker() -> Any:
    """The application of one process, set up as ``CHIMERIC_GATEWAY_CONFIG`` says; a fault of the
    file ends the process with one line.

    Example:
        .. code-block:: console

            CHIMERIC_GATEWAY_CONFIG=gateway.toml uvicorn --factory chimeric_gateway.serve:worker
    """
    from chimeric_gateway.gateway import app

    try:
        with warnings.catch_warnings():
            if TOLD or multiprocessing.parent_process() is not None:
                warnings.simplefilter("ignore", ConfigWarning)  # they have been told
            settings = load(os.environ.get(CONFIG) or None)
        logs.write_to(None, settings)
        if settings.otel:
            telemetry.begin()
        gateway = app(settings)
        served: Any = _Told(gateway) if "granian" in sys.modules else gateway
        return telemetry.Traced(served) if settings.otel else served
    except ConfigurationError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
        raise SystemExit(STARTUP_FAILURE) from None


class _Told:
    """Tells a gateway under granian that it goes down, which granian says when all is over."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for number in (signal.SIGINT, signal.SIGTERM):
                self._listen(number)
        await self._gateway(scope, receive, send)

    def _listen(self, number: int) -> None:
        """Listen to a signal too; the loop, which has its own way to hear it, still does."""
        before = signal.getsignal(number)

        def heard(signal_number: int, frame: FrameType | None) -> None:
            self._gateway.stop()
            if callable(before):
                before(signal_number, frame)

        with suppress(ValueError):  # not the main thread
            signal.signal(number, heard)

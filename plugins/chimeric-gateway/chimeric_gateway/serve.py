"""Runs the gateway: one process or several, under uvicorn or granian."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Mapping
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from . import logs, telemetry
from .clients.keys import is_loopback
from .config import ConfigError, ConfigWarning, Settings, load

if TYPE_CHECKING:
    from .gateway import Gateway

__all__ = ["CONFIG", "Server", "check_address", "serve", "worker"]

Server = Literal["uvicorn", "granian"]

CONFIG = "CHIMERIC_GATEWAY_CONFIG"
"""The variable that tells a worker where its file is."""

TARGET = "chimeric_gateway.serve:worker"

_TOLD: list[str] = []
"""Files whose warnings this process has shown."""

LATER = 5.0
"""Seconds after ``grace`` when a worker is stopped that has not ended by itself."""

IDLE = 65
"""Seconds that a connection is kept for the next request."""

STARTUP_FAILURE = 3
"""The exit code of a worker that cannot start: uvicorn does not try again then."""


def serve(
    config: str | None,
    *,
    host: str = "127.0.0.1",
    port: int = 8787,
    workers: int = 1,
    server: Server = "uvicorn",
) -> None:
    """Run until a signal stops it. Open streams then have ``grace`` seconds.

    Args:
        config: path of the file, or None for none.
        host: address to listen at.
        port: 0 for a free one.
        workers: processes.
        server: what serves; ``granian`` is an extra.

    Raises:
        ConfigError: for a fault of the file, an address that cannot be had, or one beyond loopback
            where no client has a key.
    """
    settings = load(config)
    check_address(host, settings)
    port = _free(host, port)
    if workers > 1 and settings.redis is None and _limited(settings):
        warnings.warn(ConfigWarning(f"limits hold in each of {workers} workers; redis = "
                                    "'redis://...' lets them share"), stacklevel=2)  # fmt: skip
    _TOLD.append(settings.source)
    os.environ[CONFIG] = "" if config is None else os.path.abspath(config)
    _open_more_files()
    if threading.current_thread() is threading.main_thread():
        # What uvicorn puts back, and calls, when it has ended well: a stop is no failure.
        signal.signal(signal.SIGTERM, _stopped)
    run = _granian if server == "granian" else _uvicorn
    run(settings, host, port, workers)


def worker() -> Any:
    """The application of one process, set up as ``CHIMERIC_GATEWAY_CONFIG`` says; a fault of the
    file ends the process with one line.

    Example:
        .. code-block:: console

            CHIMERIC_GATEWAY_CONFIG=gateway.toml uvicorn --factory chimeric_gateway.serve:worker
    """
    from .gateway import app

    try:
        with warnings.catch_warnings():
            if _TOLD or multiprocessing.parent_process() is not None:
                warnings.simplefilter("ignore", ConfigWarning)  # they have been told
            settings = load(os.environ.get(CONFIG) or None)
        logs.write_to(None, settings)
        if settings.otel:
            telemetry.begin()
        gateway = app(settings)
        served: Any = _Told(gateway) if "granian" in sys.modules else gateway
        return telemetry.Traced(served) if settings.otel else served
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
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


def check_address(host: str, settings: Settings) -> None:
    """Refuse an address that others reach, where nobody needs a key.

    Raises:
        ConfigError: for such an address.
    """
    if settings.clients or is_loopback(host):
        return
    where = settings.source or "no configuration"
    raise ConfigError(
        f"{where}: [clients] is missing: without keys of clients only loopback may be bound, and "
        f"{host or 'every address'} is reached by others; chimeric serve --new-key NAME makes a key"
    )


def _stopped(number: int, frame: object) -> NoReturn:
    raise SystemExit(0)


def _free(host: str, port: int) -> int:
    """The port, or a free one for 0.

    Raises:
        ConfigError: when it cannot be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as tried:
            if os.name == "posix":
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
            return int(tried.getsockname()[1])
    except (OSError, OverflowError, UnicodeError) as error:
        text = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{host}:{port} cannot be bound: {text}") from None


def _limited(settings: Settings) -> bool:
    clients = any(client.requests_per_minute for client in settings.clients.values())
    return clients or any(model.limit for model in settings.models.values()) or bool(settings.limit)


def _open_more_files() -> None:
    """A stream needs two sockets; many systems allow 1,024 files unless one asks for more."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _uvicorn(settings: Settings, host: str, port: int, workers: int) -> None:
    import uvicorn

    _tell(settings, host, port, workers)
    options: Mapping[str, Any] = {
        "factory": True,
        "lifespan": "on",
        "ws": "none",
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": IDLE,
        "timeout_graceful_shutdown": int(settings.grace + LATER),
    }
    uvicorn.run(TARGET, host=host, port=port, workers=workers, **options)


def _granian(settings: Settings, host: str, port: int, workers: int) -> None:
    try:
        from granian import Granian
        from granian.constants import Interfaces
        from granian.log import LogLevels
    except ImportError:
        raise ConfigError(
            "--server granian needs granian: pip install 'chimeric-gateway[granian]'"
        ) from None
    _tell(settings, host, port, workers)
    Granian(
        TARGET,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        factory=True,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=int(settings.grace + LATER),
    ).serve()


def _tell(settings: Settings, host: str, port: int, workers: int) -> None:
    """Say in one line on standard error where it is, and what it serves."""
    place = f"[{host}]" if ":" in host else host
    models = _count(len(settings.models), "model") if settings.models else "every model"
    clients = _count(len(settings.clients), "client") if settings.clients else "no keys"
    told = f"{models}, {clients}, {_count(workers, 'worker')}"
    print(f"chimeric-gateway at http://{place}:{port} ({told})", file=sys.stderr, flush=True)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"

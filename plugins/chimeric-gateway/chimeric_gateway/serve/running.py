"""Runs the gateway: one process or several, under uvicorn or granian."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal, NoReturn

from chimeric_gateway.config import ConfigError, ConfigWarning, Settings, load

from .addresses import check_address, held_port
from .worker import CONFIG, TOLD

__all__ = ["Server", "serve"]

Server = Literal["uvicorn", "granian"]

TARGET = "chimeric_gateway.serve:worker"

LATER = 5.0
"""Seconds after ``grace`` when a worker is stopped that has not ended by itself."""

IDLE = 65
"""Seconds that a connection is kept for the next request."""


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
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ConfigWarning)
        settings, host = load(config), host.strip("[]")
    check_address(host, settings)
    with held_port(host, port) as given:
        for warning in told:  # where there is an error, it stands alone
            warnings.warn(warning.message, stacklevel=2)
        _serve(settings, config, host, given, workers, server)


def _serve(
    settings: Settings, config: str | None, host: str, port: int, workers: int, server: Server
) -> None:
    if workers > 1 and settings.redis is None and _limited(settings):
        text = f"limits hold in each of {workers} workers; redis = 'redis://...' lets them share"
        warnings.warn(ConfigWarning(text), stacklevel=3)
    TOLD.append(settings.source)
    os.environ[CONFIG] = "" if config is None else os.path.abspath(config)
    _open_more_files()
    if threading.current_thread() is threading.main_thread():
        # What uvicorn puts back, and calls, when it has ended well: a stop is no failure.
        signal.signal(signal.SIGTERM, _stopped)
    run = _granian if server == "granian" else _uvicorn
    run(settings, host, port, workers)


def _stopped(number: int, frame: object) -> NoReturn:
    raise SystemExit(0)


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

"""``python -m chimeric_sim``: the simulator as a process of its own."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Sequence

from .request_log import log_requests
from .simulator import Simulator

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the process is interrupted or terminated."""
    parser = argparse.ArgumentParser(prog="chimeric-sim", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="port (default 8080; 0: any)")
    parser.add_argument("--host", default="127.0.0.1", help="interface (default 127.0.0.1)")
    parser.add_argument("--rate", type=float, help="tokens per second (default: no limit)")
    parser.add_argument("--seed", type=int, help="seed of all answers")
    parser.add_argument("--key", action="append", help="accept only this key (repeatable)")
    parser.add_argument(
        "--replay", action="append", default=[], metavar="FILE", help="serve as replay:NAME"
    )
    parser.add_argument("--quiet", action="store_true", help="do not log requests")
    options = parser.parse_args(arguments)
    stopped = threading.Event()

    def stop(number: int, frame: object) -> None:
        stopped.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    with Simulator(
        options.port,
        options.rate,
        options.seed,
        options.key,
        replays=options.replay,
        host=options.host,
    ) as simulator:
        log = None if options.quiet else log_requests()  # before anybody knows where to ask
        print(f"Listening at {simulator.url} (a page for browsers; stop with Ctrl+C)", flush=True)
        stopped.wait()
    if log is not None:
        log.close()  # and all that was asked has been told
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""The command line of the gateway: ``chimeric serve``, and ``python -m chimeric_gateway``."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import warnings
from collections.abc import Sequence

from chimeric import ChimericError
from chimeric_gateway.clients.keys import hash_of, new_key

__all__ = ["main"]

FAILED, INTERRUPTED = 1, 130

FILE = "gateway.toml"

BARE = re.compile(r"[A-Za-z0-9_-]+")
"""Keys that TOML takes without quotation marks."""

ABOUT = """\
Serve chat completions, Responses and Messages in front of any provider.

examples:
  %(prog)s                            every installed provider, at http://127.0.0.1:8787
  %(prog)s --config gateway.toml      models, endpoints and clients of a file
  %(prog)s --new-key app              make a key, and the lines of the file that know it
"""


def main(arguments: Sequence[str] | None = None, program: str = "chimeric serve") -> int:
    """Run the command; returns the exit code: 0 when it was stopped, 1 for a fault.

    Raises:
        SystemExit: 2 for wrong options, and as the server ends.
    """
    given = _parser(program).parse_args(arguments)
    warnings.showwarning = _show
    if given.new_key is not None:
        print(told_key(given.new_key, new_key()))
        return 0
    from chimeric_gateway.config import load

    from .addresses import check_address
    from .running import serve

    config = given.config
    if config is None and os.path.exists(FILE):
        config = FILE
    try:
        if given.check:
            check_address(given.host, load(config))
            print(f"{config or 'no file'}: well")
            return 0
        serve(
            config,
            host=given.host,
            port=given.port,
            workers=given.workers,
            server=given.server,
        )
    except ChimericError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def told_key(name: str, key: str) -> str:
    """What is shown of a new key: itself, and the lines that let the gateway know it."""
    written = name if BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)
    return (
        f"key: {key}\n\n"
        "Give it to the client; it is not shown again. In the gateway's file:\n\n"
        f'[clients.{written}]\nkey_hash = "sha256:{hash_of(key)}"'
    )


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program, description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--config", metavar="FILE", help=f"the configuration ({FILE}, where there is one)")
    add("--host", default="127.0.0.1", help="address to listen at (127.0.0.1)")
    add("--port", type=_port, default=8787, help="port; 0 for a free one (8787)")
    add("--workers", type=_workers, default=1, help="processes (1)")
    add("--server", choices=["uvicorn", "granian"], default="uvicorn", help="uvicorn or granian")
    add("--check", action="store_true", help="check the configuration, and end")
    add("--new-key", metavar="NAME", type=_name, help="make the key of a client, and end")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{port} is no port: it must be from 0 to 65535")
    return port


def _workers(text: str) -> int:
    workers = int(text)
    if workers < 1:
        raise argparse.ArgumentTypeError("there must be at least 1")
    return workers


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is no name")
    return text


def _show(message: Warning | str, *place: object, **more: object) -> None:
    """A warning in one line."""
    print(f"warning: {message}", file=sys.stderr, flush=True)

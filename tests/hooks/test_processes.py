"""Processes: a fork in the middle of a hook, and programs whose hooks never come back."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from chimeric import SEND, hookimpl, wait

from .acme import Service
from .modes import MODES


class Around:
    """Notes what happens after the request."""

    def __init__(self) -> None:
        self.log: list[str] = []

    @hookimpl
    def chimeric_attempt(self) -> Iterator[Any]:
        try:
            yield SEND
            self.log.append("told")
            yield from wait(0.01)
            self.log.append("done")
        except GeneratorExit:
            self.log.append("closed")
            raise


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("how", ["closes", "drops"])
def test_a_hook_that_was_begun_by_the_parent_is_told_nothing_in_the_child(
    service: Service, how: str
) -> None:
    around = Around()
    with service.client(around) as client:
        stream: Any = client.generate("acme-silent", "Hi", stream=True)
        next(stream)
        child = os.fork()
        if child == 0:
            ended = 1
            try:
                if how == "closes":
                    stream.close()
                del stream
                gc.collect()
                ended = 0 if around.log == ["closed"] else 2
            finally:
                os._exit(ended)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert around.log == []
        stream.close()
        assert around.log == ["told", "done"]  # the parent's connection and hook are as they were


PROGRAM = """
import asyncio, threading, {library}
from chimeric import Chimeric, RequestTimeoutError, Timeout, hookimpl, run

class Hangs:
    @hookimpl
    def chimeric_answer(self):
        yield from run(threading.Event().wait)

client = Chimeric(plugins=[Hangs()], only_plugins=[])
call = dict(model="any", messages="Hi", timeout=Timeout(total=0.3))

async def main():
    await client.agenerate(**call)

try:
    {call}
except RequestTimeoutError as error:
    print(error.phase)
"""

CALLS = {
    "sync": "client.generate(**call)",
    "asyncio": "asyncio.run(main())",
    "uvloop": "uvloop.run(main())",
    "trio": "trio.run(main)",
}


@pytest.mark.parametrize("mode", MODES)
def test_a_function_that_never_returns_does_not_keep_a_program(mode: str) -> None:
    library = "asyncio" if mode == "sync" else mode
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(library=library, call=CALLS[mode])],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (0, "total\n"), done.stderr

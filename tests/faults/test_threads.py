"""Clients are shared by threads, streams are not, and neither can be copied."""

from __future__ import annotations

import copy
import pickle
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from chimeric_testing import LoopbackServer

from chimeric import ConcurrentUseError

from .streams import ASK, client_of, echo, silent


def test_thirty_two_threads_on_one_client_do_not_mix() -> None:
    with LoopbackServer(echo) as server, client_of(server) as client:
        wrong: list[str] = []

        def work(number: int) -> None:
            for turn in range(4):
                question = f"{number}-{turn}"
                text = client.generate(**{**ASK, "messages": question}).collect().content
                if text != f"{question} " * 40:
                    wrong.append(text)

        workers = [threading.Thread(target=work, args=(n,)) for n in range(32)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert wrong == []
        assert len(server.requests) == 128


def test_one_stream_in_two_threads_is_refused() -> None:
    with LoopbackServer(silent) as server, client_of(server) as client:
        stream = client.generate(**ASK)
        for _ in range(3):
            next(stream)
        ended: list[BaseException] = []

        begins = threading.Event()

        def read() -> None:
            begins.set()
            try:
                next(stream)
            except BaseException as error:
                ended.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        assert begins.wait(20)
        time.sleep(0.2)
        with pytest.raises(ConcurrentUseError):
            next(stream)
        with pytest.raises(ConcurrentUseError):
            stream.collect()
        reader.join(0.3)
        assert reader.is_alive()  # nothing happened to the one who came first
        assert server.open == 1
        assert stream.response.content == "one two three "
        stream.close()
        reader.join(20)
        assert not reader.is_alive()


@pytest.mark.parametrize("copier", [pickle.dumps, copy.copy, copy.deepcopy])
def test_clients_and_streams_cannot_be_pickled_or_copied(
    copier: Callable[[Any], Any], server: LoopbackServer
) -> None:
    with client_of(server) as client, client.generate(**ASK) as stream:
        for thing in (client, stream):
            with pytest.raises(TypeError, match="cannot be"):
                copier(thing)

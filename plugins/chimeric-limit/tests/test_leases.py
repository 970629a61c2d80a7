"""Leases are renewed while something is held, by a thread that is there no longer than that."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from queue import Queue

from chimeric_limit import Leases

OFTEN = 0.01
WAIT = 60


def threads(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_what_is_held_is_renewed_until_it_is_dropped() -> None:
    rounds: Queue[dict[str, int]] = Queue()
    leases = Leases[int](lambda held: rounds.put(dict(held)), every=OFTEN, name="held")
    leases.hold("a", 1)
    leases.hold("b", 2)
    while rounds.get(timeout=WAIT) != {"a": 1, "b": 2}:
        pass
    leases.drop("a")
    leases.drop("c")
    while rounds.get(timeout=WAIT) != {"b": 2}:
        pass
    leases.drop("b")
    for thread in threads("held"):
        thread.join(WAIT)
    assert not threads("held")


def test_a_lease_that_is_held_later_is_renewed_by_another_thread() -> None:
    rounds: Queue[dict[str, int]] = Queue()
    leases = Leases[int](lambda held: rounds.put(dict(held)), every=OFTEN, name="later")
    for number in range(3):
        leases.hold("a", number)
        while rounds.get(timeout=WAIT) != {"a": number}:
            pass
        leases.drop("a")
        for thread in threads("later"):
            thread.join(WAIT)


def test_a_round_that_fails_is_tried_again() -> None:
    tries: Queue[int] = Queue()

    def renew(held: Mapping[str, int]) -> None:
        tries.put(len(held))
        raise ConnectionError("the server is away")

    leases = Leases[int](renew, every=OFTEN, name="failing")
    leases.hold("a", 1)
    assert [tries.get(timeout=WAIT) for _ in range(3)] == [1, 1, 1]
    leases.drop("a")
    for thread in threads("failing"):
        thread.join(WAIT)
    assert not threads("failing")

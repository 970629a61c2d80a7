"""The thread that breaks off reads at a given time."""

from __future__ import annotations

import math
import os
import threading
import time

import pytest

from chimeric.transport import watchdog


def test_an_alarm_goes_off_at_its_time_and_once() -> None:
    rung: list[float] = []
    done = threading.Event()

    def ring() -> None:
        rung.append(time.monotonic())
        done.set()

    when = time.monotonic() + 0.05
    watchdog.arm(when, ring)
    assert done.wait(20)
    assert len(rung) == 1
    assert rung[0] >= when


def test_a_cancelled_alarm_stays_silent_and_does_not_delay_a_later_one() -> None:
    rung: list[str] = []
    done = threading.Event()
    now = time.monotonic()
    watchdog.arm(now + 0.02, lambda: rung.append("cancelled")).cancel()
    watchdog.arm(now + 0.06, done.set)
    assert done.wait(20)
    assert rung == []


def test_an_earlier_alarm_overtakes_one_that_is_waited_for() -> None:
    far = watchdog.arm(time.monotonic() + 60, lambda: None)
    done = threading.Event()
    watchdog.arm(time.monotonic() + 0.02, done.set)
    assert done.wait(20)
    far.cancel()


def test_cancelled_alarms_do_not_pile_up_until_their_time() -> None:
    when = time.monotonic() + 600
    for _ in range(20_000):
        watchdog.arm(when, lambda: None).cancel()
    assert len(watchdog._clock._heap) <= 2 * watchdog.SWEEP


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, KeyboardInterrupt, GeneratorExit])
def test_an_alarm_that_raises_takes_no_other_with_it(error: type[BaseException]) -> None:
    def spoil() -> None:
        raise error("an abort of somebody else's")

    done = threading.Event()
    now = time.monotonic()
    watchdog.arm(now + 0.02, spoil)
    watchdog.arm(now + 0.06, done.set)
    assert done.wait(20)


@pytest.mark.parametrize("when", [math.inf, 1e10, 1e300])
def test_a_time_that_nobody_can_count_keeps_no_other_alarm_from_going_off(when: float) -> None:
    far = watchdog.arm(when, lambda: None)
    time.sleep(0.05)
    done = threading.Event()
    watchdog.arm(time.monotonic() + 0.02, done.set)
    assert done.wait(20)
    far.cancel()


def test_one_thread_serves_all_and_is_started_again_when_it_is_gone() -> None:
    def served() -> list[threading.Thread]:
        done = threading.Event()
        watchdog.arm(time.monotonic(), done.set)
        assert done.wait(20)
        return [t for t in threading.enumerate() if t.name == "chimeric-watchdog"]

    (first,) = served()
    assert served() == [first]
    gone = threading.Thread(target=str)
    gone.start()
    gone.join()
    watchdog._clock._thread, kept = gone, watchdog._clock._thread
    (_, second) = served()
    assert second is not kept


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are needed")
def test_a_fork_has_a_watchdog_of_its_own() -> None:
    done = threading.Event()
    watchdog.arm(time.monotonic(), done.set)
    assert done.wait(20)
    child = os.fork()
    if not child:
        rung = threading.Event()
        watchdog.arm(time.monotonic(), rung.set)
        os._exit(0 if rung.wait(5) else 1)
    assert os.waitpid(child, 0)[1] == 0

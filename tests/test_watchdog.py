"""The thread that breaks off reads at a given time."""

from __future__ import annotations

import threading
import time

from chimeric.transport import watchdog


def test_an_alarm_goes_off_at_its_time_and_once() -> None:
    rung: list[float] = []
    done = threading.Event()

    def ring() -> None:
        rung.append(time.monotonic())
        done.set()

    when = time.monotonic() + 0.05
    watchdog.arm(when, ring)
    assert done.wait(5)
    assert len(rung) == 1
    assert rung[0] >= when


def test_a_cancelled_alarm_stays_silent_and_does_not_delay_a_later_one() -> None:
    rung: list[str] = []
    done = threading.Event()
    now = time.monotonic()
    watchdog.arm(now + 0.02, lambda: rung.append("cancelled")).cancel()
    watchdog.arm(now + 0.06, done.set)
    assert done.wait(5)
    assert rung == []


def test_an_earlier_alarm_overtakes_one_that_is_waited_for() -> None:
    far = watchdog.arm(time.monotonic() + 60, lambda: None)
    done = threading.Event()
    watchdog.arm(time.monotonic() + 0.02, done.set)
    assert done.wait(5)
    far.cancel()


def test_cancelled_alarms_do_not_pile_up_until_their_time() -> None:
    when = time.monotonic() + 600
    for _ in range(20_000):
        watchdog.arm(when, lambda: None).cancel()
    assert len(watchdog._clock._heap) <= 2 * watchdog.SWEEP

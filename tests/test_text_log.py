"""The text of a stream: any earlier state can be read, at little more memory than it needs."""

from __future__ import annotations

import threading
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from chimeric.values.text_log import TextLog


def written(pieces: list[str]) -> TextLog:
    log = TextLog()
    for piece in pieces:
        log.append(piece)
    return log


@given(
    st.lists(st.text(max_size=5), max_size=700),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000)), max_size=20),
)
def test_every_part_of_the_text_can_be_read_in_any_order(
    pieces: list[str], asked: list[tuple[int, int]]
) -> None:
    log, whole = written(pieces), "".join(pieces)
    for start, end in asked:
        assert log.between(start, end) == whole[start:end]
        assert log.upto(end) == whole[:end]
    assert log.text() == whole
    assert log.size == len(whole)


@given(st.lists(st.text(max_size=5), max_size=700), st.integers(1, 50))
def test_the_text_can_be_read_while_it_grows(pieces: list[str], every: int) -> None:
    log, whole, read = TextLog(), "", ""
    for number, piece in enumerate(pieces):
        log.append(piece)
        whole += piece
        if not number % every:
            read += log.between(len(read), log.size)
            assert read == whole
            assert log.upto(log.size) == whole


def test_another_thread_reads_what_was_written_before() -> None:
    log, wrong, done = TextLog(), [], threading.Event()
    pieces = [f"{number:06d}" for number in range(30_000)]
    whole = "".join(pieces)

    def read() -> None:
        while not done.is_set():
            size, middle = log.size - 6, log.size // 2
            if size > 0:
                right = log.upto(size) == whole[:size]
                if not right or log.between(middle, size) != whole[middle:size]:
                    wrong.append(size)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for piece in pieces:
        log.append(piece)
    done.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert log.text() == whole


def test_many_pieces_take_little_more_memory_than_their_text() -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        log = TextLog()
        for number in range(50_000):
            log.append(f" word{number}")
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 2 * log.size


def test_the_work_of_joining_is_linear_in_the_text() -> None:
    characters, entries, log = 0, 0, TextLog()
    for _ in range(400_000):
        parts = log.parts
        log.append("0123456789")
        if log.parts is not parts:
            kept = sum(old is new for old, new in zip(parts, log.parts, strict=False))
            characters += sum(map(len, log.parts[kept:]))
            entries += len(log.parts)
    assert log.size - 20_000 < characters <= log.size  # each is copied once
    assert entries < 400_000  # of the list, less than one for each piece

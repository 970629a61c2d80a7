"""A bounded run of the fuzz targets."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from .target import mutated, play_bytes, seeds


@pytest.mark.parametrize("place", range(len(seeds())))
def test_the_seeds_are_played_cut_in_every_way(place: int) -> None:
    seed = seeds()[place]
    for cut in (0, 1, 2, 3, 7, 100):
        play_bytes(seed[:2] + bytes([cut]) + seed[3:])
    for end in range(3, len(seed), 37):
        play_bytes(seed[:end])


@settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**40))
def test_spoilt_answers_end_well_or_with_a_typed_error(seed: int) -> None:
    play_bytes(mutated(random.Random(seed)))


@settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200))
@example(b"\x03\x00\x00[[[[")
@example(b"\x06\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2H\xeb}\x98\xc8\xff")
def test_noise_ends_well_or_with_a_typed_error(data: bytes) -> None:
    play_bytes(data)

"""Ids of calls that a protocol cannot carry."""

from __future__ import annotations

import re

import pytest
from chimeric_gateway.call_ids import CHAT_IDS, MESSAGES_IDS, RESPONSES_IDS, CallIds
from hypothesis import example, given
from hypothesis import strategies as st

PRINTED = r"[\x21-\x7e]+"
FORMS = [(CHAT_IDS, PRINTED), (MESSAGES_IDS, r"[a-zA-Z0-9_-]+"), (RESPONSES_IDS, PRINTED)]

OF_PROVIDERS = [
    "call_6Zl5oJP2UVPjssluxmcL2td43",
    "toolu_01DKA9UMFl8zJMg4B2RcqfFj",
    "tooluse_Zk-3dQ0pT7q",
    "chatcmpl-tool-4c3a6ed08e2a4a8f9bb9f9a2f3c6c0c8",
    "functions.get_weather:0",
    "get_weather_1b2c",
    "D681PevKs",
    "7cvlOM5P",
    "fc_68a1|call_abc",
    "call_1__thought__EvMCCuFMWz6awRrf9MoSm49MvBYYhno5F7R2RVXADjq7YFQt4UxbPprBGt",
    "вызов-1",
    "",
]


@pytest.mark.parametrize(("ids", "legal"), FORMS)
@given(identity=st.text(st.characters(), max_size=300))
@example(identity="toolu_chi_efunctions-2enow-3a0")
@example(identity="call_chi_eZ")
@example(identity="x" * 10_000)
@example(identity="\ud800")
def test_any_id_comes_back_and_is_legal_on_the_way(ids: CallIds, legal: str, identity: str) -> None:
    told = ids.told(identity)
    assert re.fullmatch(legal, told)
    assert ids.read(told) == identity


@pytest.mark.parametrize(("ids", "legal"), FORMS)
@pytest.mark.parametrize("identity", OF_PROVIDERS)
def test_ids_of_providers_fit_into_64_characters(ids: CallIds, legal: str, identity: str) -> None:
    if len(identity) <= 48:
        assert len(ids.told(identity)) <= 64
    assert ids.read(ids.told(identity)) == identity


@pytest.mark.parametrize("identity", OF_PROVIDERS[:4])
def test_an_id_that_can_be_carried_stays_as_it_is(identity: str) -> None:
    assert MESSAGES_IDS.told(identity) == CHAT_IDS.told(identity) == identity


def test_an_id_of_three_hundred_equal_letters_fits() -> None:
    told = MESSAGES_IDS.told("a" * 300)
    assert len(told) <= 64
    assert MESSAGES_IDS.read(told) == "a" * 300


@given(told=st.text(st.characters(), max_size=80).map(lambda rest: "toolu_chi_" + rest))
def test_what_only_looks_packed_is_its_owners(told: str) -> None:
    read = MESSAGES_IDS.read(told)
    assert read == told or MESSAGES_IDS.told(read) == told


def test_a_short_text_cannot_grow_to_megabytes() -> None:
    import base64
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = base64.urlsafe_b64encode(packer.compress(b"a" * 50_000_000) + packer.flush())
    told = "toolu_chi_z" + bomb.decode().rstrip("=")
    assert len(MESSAGES_IDS.read(told)) == len(told)

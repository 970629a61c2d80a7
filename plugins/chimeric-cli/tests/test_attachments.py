"""``-a``: files, addresses and the standard input go with the prompt."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_sim import Simulator

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
PDF = b"%PDF-1.7\n"


@pytest.fixture
def ask(env, tmp_path) -> Iterator[Any]:
    """Ask with attachments; what arrived at the service."""
    with Simulator() as simulator:

        def ask(*arguments: str, stdin: bytes = b"", provider: str = "sim") -> list[dict[str, Any]]:
            done = subprocess.run(
                [sys.executable, "-m", "chimeric_cli", "-m", f"{provider}:echo", *arguments],
                input=stdin,
                env={
                    **env,
                    f"{provider.upper()}_BASE_URL": simulator.base_url("compatible"),
                    "COMPATIBLE_API_KEY": "any",
                },
                cwd=tmp_path,
                capture_output=True,
                timeout=60,
            )
            assert done.returncode == 0, done.stderr
            return simulator.requests[-1].body["messages"][-1]["content"]

        yield ask


def test_a_picture_from_the_standard_input_is_known_by_its_bytes(ask):
    picture, text = ask("-a", "-", "What is it?", stdin=PNG)
    assert picture["image_url"]["url"].startswith("data:image/png;base64,")
    assert text["text"] == "What is it?"


def test_a_file_is_known_by_its_name(ask, tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "b.pdf").write_bytes(PDF)
    picture, document, text = ask("-a", "a.png", "--attach", "b.pdf", "Compare")
    assert picture["type"] == "image_url"
    assert document["file"]["filename"] == "b.pdf"
    assert text["type"] == "text"


def test_a_sound_is_a_sound(ask, tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt ")
    sound, _ = ask("-a", "a.wav", "What is said?", provider="compatible")
    assert sound["type"] == "input_audio"


def test_an_address_is_sent_as_it_is(ask):
    picture, _ = ask("-a", "https://example.com/cat", "What is it?")
    assert picture["image_url"]["url"] == "https://example.com/cat"


def test_an_attachment_alone_is_a_prompt(ask):
    (picture,) = ask("-a", "-", stdin=PNG)
    assert picture["type"] == "image_url"


@pytest.mark.parametrize(
    ("place", "told"),
    [("missing.png", "cannot read missing.png"), (".", "cannot read ."), ("-", "is empty")],
)
def test_what_cannot_be_attached_is_told(run, place, told):
    done = run("-m", "sim:echo", "-a", place, "hi")
    assert done.returncode == 2
    assert told in done.stderr

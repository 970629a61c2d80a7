"""The servers: how each is started, and which protocols it speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from tests.real.environments import python_of
from tests.real.program import settings

from .server import KEY, Starting

__all__ = ["CANNOT", "SPOKEN", "Spoken", "starting"]

PROGRAMS = Path(__file__).parent / "programs"


class Spoken(NamedTuple):
    """A protocol that a server speaks.

    Attributes:
        server: its name.
        api: ``chat``, ``responses`` or ``messages``.
        model: with the provider that is its own, or the protocol's.
        path: of the base URL.
        options: of each call.
    """

    server: str
    api: str
    model: str
    path: str = "/v1"
    options: dict[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.server}-{self.api}"


RESPONSES = {"api": "responses"}
SPOKEN = (
    Spoken("llama-server", "chat", "llamacpp:tiny"),
    Spoken("llama-server", "responses", "llamacpp:tiny", options=RESPONSES),
    Spoken("llama-server", "messages", "anthropic:tiny", ""),
)

CANNOT = {
    ("llama-server", "messages", "structured"): "no schema is read in Messages",
    ("llama-server", "messages", "named"): "no tool is forced by its name",
}
"""What a server cannot do: its name, the protocol, a word of the test's name."""


def starting(name: str, folder: Path) -> Starting:
    """How a server is started with a model that is made in a folder."""
    return _STARTING[name](folder)


def _llama_server(folder: Path) -> Starting:
    python, model = python_of("llama-server"), str(folder / "tiny.gguf")
    binary = Path(python).parent / "llama-server-vulkan"
    return Starting(
        [
            *(str(binary), "--model", model, "--alias", "tiny", "--api-key", KEY),
            *("--host", "127.0.0.1", "--port", "{port}", "--offline", "--device", "none"),
            *("--parallel", "2", "--ctx-size", "65536", "--threads", "1", "--no-warmup"),
            *("--slots", "--metrics"),
        ],
        health="/health",
        environ=settings(),
        prepare=[python, str(PROGRAMS / "gguf_model.py"), model],
    )


_STARTING = {
    "llama-server": _llama_server,
}

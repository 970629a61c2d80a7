"""The servers: how each is started, and which protocols it speaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from tests.real.environments import python_of
from tests.real.program import settings
from tests.server import Starting

__all__ = ["CANNOT", "KEY", "LITELLM", "SPOKEN", "Spoken", "starting"]

KEY = "a-key-of-a-test"
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
    Spoken("transformers", "chat", "compatible:tiny"),
    Spoken("transformers", "responses", "openai:tiny", options=RESPONSES),
)

LITELLM = (
    Spoken("litellm-proxy", "chat", "litellm:gpt"),
    Spoken("litellm-proxy", "responses", "litellm:gpt", options=RESPONSES),
    Spoken("litellm-proxy", "messages", "anthropic:claude", ""),
)
"""The proxy speaks these to each of the models that it was told of."""

CANNOT = {
    ("llama-server", "messages", "structured"): "no schema is read in Messages",
    ("llama-server", "messages", "named"): "no tool is forced by its name",
    **{
        ("transformers", api, word): reason
        for api in ("chat", "responses")
        for word, reason in {
            "structured": "enforces nothing",
            "object": "enforces nothing",
            "named": "enforces nothing",
            "key": "has no keys",
            "long": "cuts no prompt, and refuses none",
            "kind": "answers 500",
        }.items()
    },
}
"""What a server cannot do: its name, the protocol, a word of the test's name."""


def starting(name: str, folder: Path, upstream: str) -> Starting:
    """How a server is started: with a model that is made in a folder, or with one upstream."""
    if name == "litellm-proxy":
        return _litellm_proxy(folder, upstream)
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


def _transformers(folder: Path) -> Starting:
    python = python_of("transformers")
    return Starting(
        [
            *(str(Path(python).parent / "transformers"), "serve", "tiny", "--device", "cpu"),
            *("--host", "127.0.0.1", "--port", "{port}", "--log-level", "info"),
        ],
        health="/health",
        environ={**settings(), "OMP_NUM_THREADS": "1"},
        prepare=[python, str(PROGRAMS / "hf_model.py"), str(folder / "tiny")],
    )


def _litellm_proxy(folder: Path, upstream: str) -> Starting:
    def model(alias: str, name: str, key: str = "a-key", **headers: str) -> dict[str, Any]:
        base = upstream if name.startswith("anthropic/") else f"{upstream}/v1"
        told = {"model": name, "api_base": base, "api_key": key, "extra_headers": headers}
        return {"model_name": alias, "litellm_params": told}

    config = {
        "model_list": [
            model("gpt", "openai/gpt-5.4"),
            model("claude", "anthropic/claude-sonnet-4-5"),
            model("locked", "openai/gpt-5.4", "bad-key"),
            model("limited", "openai/gpt-5.4", **{"x-sim-status": "429"}),
            model("broken", "openai/gpt-5.4", **{"x-sim-fail-after": "5"}),
        ],
        "general_settings": {"master_key": KEY},
        "litellm_settings": {"num_retries": 0, "telemetry": False},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
    }
    path = folder / "litellm.yaml"
    path.write_text(json.dumps(config))  # which is YAML, too
    binary = Path(python_of("litellm-proxy")).parent / "litellm"
    command = [str(binary), "--config", str(path), "--host", "127.0.0.1", "--port", "{port}"]
    return Starting(command, health="/health/liveliness", environ=settings())


_STARTING = {
    "llama-server": _llama_server,
    "transformers": _transformers,
}

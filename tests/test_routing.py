"""Model names find their provider, and errors say what to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from chimeric import Chimeric, HTTPRequest, Provider, ProviderNotFoundError, hookimpl
from chimeric.plugins.routing import find_provider

FAMILIES = {
    "openai": "gpt-6.2-astra gpt-5.5-pro o1 o3-mini o4-mini chatgpt-4o-latest codex-mini "
    "ft:gpt-4o:org",
    "anthropic": "claude-fable-5-2 claude-opus-4-5-20251101 claude-sonnet-5-5",
    "bedrock": "anthropic.claude-sonnet-4-6-v1:0 us.amazon.nova-micro-v1:0 "
    "arn:aws:bedrock:us-east-1:1:inference-profile/x openai.gpt-oss-120b-1:0",
    "google": "gemini-4-argon gemini-flash-latest models/gemini-2.5-pro gemma-4-31b-it "
    "nano-banana-2",
    "cohere": "command-a-03-2025 c4ai-aya-expanse-32b",
    "groq": "llama-3.3-70b-versatile llama-3.1-8b-instant groq/compound compound-beta",
    "grok": "grok-4.6 grok-code-fast-1",
    "mistral": "mistral-large-4 ministral-14b-2512 magistral-medium-latest codestral-2508 "
    "devstral-x",
    "deepseek": "deepseek-v4",
    "openrouter": "anthropic/claude-sonnet-4.5 x-ai/grok-4 openrouter/auto",
}


@pytest.fixture(scope="module")
def client():
    with Chimeric() as client:
        yield client


@pytest.mark.parametrize(
    ("provider", "model"), [(p, m) for p, names in FAMILIES.items() for m in names.split()]
)
def test_a_bare_model_name_finds_its_provider(client, provider, model):
    if provider not in client.available_providers:
        pytest.skip(f"chimeric-{provider} is not installed")
    plugin, name = find_provider(client._engine.registry, model)
    assert (plugin.name, name) == (provider, model)


@pytest.mark.parametrize(
    ("written", "provider", "model"),
    [
        ("groq:openai/gpt-oss-120b", "groq", "openai/gpt-oss-120b"),
        ("ollama:llama3:8b", "ollama", "llama3:8b"),
        ("xai:grok-4", "grok", "grok-4"),
        ("bedrock:us.amazon.nova-micro-v1:0", "bedrock", "us.amazon.nova-micro-v1:0"),
    ],
)
def test_a_prefix_takes_the_rest_of_the_name_as_it_is(client, written, provider, model):
    if provider not in client.available_providers:
        pytest.skip(f"chimeric-{provider} is not installed")
    plugin, name = find_provider(client._engine.registry, written)
    assert (plugin.name, name) == (provider, model)


class Acme:
    def __init__(self, name):
        self.name = name

    @hookimpl
    def chimeric_provider(self):
        return Provider(name=self.name, base_url="http://127.0.0.1/v1", models=("acme-*",))

    @hookimpl
    def chimeric_build_request(self, request, provider):
        return HTTPRequest(url=provider.base_url)

    @hookimpl
    def chimeric_parse_event(self, event):
        return event.data.decode()

    @hookimpl
    def chimeric_parse_response(self, response):
        raise ValueError("never asked")


def test_two_matches_are_an_error_that_names_both():
    with Chimeric(plugins=[Acme("acme-one"), Acme("acme-two")]) as client:
        with pytest.raises(ProviderNotFoundError, match="acme-one and acme-two"):
            client.generate("acme-large", "hi")
        plugin, _ = find_provider(client._engine.registry, "acme-large", "acme-two")
        assert plugin.name == "acme-two"


def test_a_well_known_name_tells_the_package_to_install():
    with Chimeric(disable_plugins=["openai"]) as client:
        for model in ("gpt-4o", "openai:gpt-4o"):
            with pytest.raises(ProviderNotFoundError, match="pip install chimeric-openai"):
                client.generate(model, "hi")


def test_a_misspelt_provider_is_told_the_nearest_one():
    with Chimeric(plugins=[Acme("acme")]) as client:
        with pytest.raises(ProviderNotFoundError, match="did you mean 'acme'"):
            client.generate("acmee:large", "hi")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("gtp-4o", "gpt-4o"),
        ("cluade-sonnet-4-5", "claude-sonnet-4-5"),
        ("gemeni-2.5", "gemini-2.5"),
    ],
)
def test_a_misspelt_model_is_told_the_one_that_was_meant(client, written, meant):
    with pytest.raises(ProviderNotFoundError, match=f"did you mean '{re.escape(meant)}'"):
        client.generate(written, "hi")


def test_a_model_like_no_other_is_told_what_to_do(client):
    with pytest.raises(ProviderNotFoundError, match=r"write 'provider:model'.*\(installed: "):
        client.generate("nothing-like-it", "hi")


def test_of_many_providers_the_error_names_six_and_counts_the_others():
    names = [f"acme{number:02}" for number in range(40)]
    with Chimeric(plugins=[Acme(name) for name in names]) as client:
        with pytest.raises(ProviderNotFoundError) as caught:
            client.generate("nothing-like-it", "hi")
        listed, others = re.search(
            r"\(installed: (.+) and (\d+) more\)", caught.value.message
        ).groups()
        assert len(listed.split(", ")) == 6
        assert int(others) == len(client.available_providers) - 6
        assert len(caught.value.message) < 200


@pytest.mark.parametrize("model", ["", "  ", None])
def test_a_model_without_a_name_is_refused(client, model):
    with pytest.raises(ProviderNotFoundError):
        client.generate(model, "hi")


ANNOUNCED = """
from chimeric import Chimeric, Provider, hookimpl
with Chimeric() as client:
    registry = client._engine.registry
    names = [p.name for p in registry.load_providers("seen-1")]
    print("seen" in names, "unseen" in names)
    print("unseen" in [p.name for p in registry.load_providers()])
"""


def test_what_a_distribution_announces_of_its_models_is_known_without_loading(tmp_path):
    (tmp_path / "announcing.py").write_text(
        "from chimeric import Provider, hookimpl\n"
        "class Plugin:\n"
        "    chimeric_api = (2, 2)\n"
        "    def __init__(self, name): self.name = name\n"
        "    @hookimpl\n"
        "    def chimeric_provider(self): return Provider(name=self.name, base_url='http://h',\n"
        "        key_env=('K',), models=(self.name + '-*',))\n"
        "    @hookimpl\n"
        "    def chimeric_build_request(self, request, provider): ...\n"
        "    @hookimpl\n"
        "    def chimeric_parse_event(self, event, state): ...\n"
        "    @hookimpl\n"
        "    def chimeric_parse_response(self, response, state): ...\n"
        "seen, unseen = Plugin('seen'), Plugin('unseen')\n",
        "utf-8",
    )
    info = tmp_path / "announcing-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: announcing\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text(
        "[chimeric]\nseen = announcing:seen\nunseen = announcing:unseen\n"
        "[chimeric.models]\nSeen-* = seen\nunseen-* = unseen\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-c", ANNOUNCED],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["True", "False", "True"]

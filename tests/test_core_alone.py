"""The core with no plugin installed; in an environment with plugins they are kept out."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import pytest

from chimeric import Chimeric, ConfigurationError, ProviderNotFoundError, plugins

INSTALLED = [
    name
    for d in importlib.metadata.distributions()
    if (name := d.metadata["Name"]).startswith("chimeric-") and name != "chimeric-core"
]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CHIMERIC_PLUGINS", "none-of-them")
    with Chimeric() as client:
        yield client


def test_a_client_without_plugins_has_no_provider(client):
    assert client.available_providers == []
    assert client.capabilities == {}
    assert client.list_models() == []


@pytest.mark.parametrize(
    ("model", "package"),
    [
        ("gpt-4o", "chimeric-openai"),
        ("claude-sonnet-4-5", "chimeric-anthropic"),
        ("gemini-2.5-flash", "chimeric-google"),
        ("openai:anything", "chimeric-openai"),
        ("xai:grok-4", "chimeric-grok"),
        ("sim:story", "chimeric-sim"),
    ],
)
def test_the_error_names_the_package_to_install(client, model, package):
    with pytest.raises(ProviderNotFoundError, match=rf"pip install .*{package}"):
        client.generate(model, "hi")


def test_an_unknown_model_is_an_error_that_says_how_to_name_a_provider(client):
    with pytest.raises(ProviderNotFoundError, match="install"):
        client.generate("frobnicator-9", "hi", stream=True)


@pytest.mark.skipif(bool(INSTALLED), reason="plugins are installed here")
def test_no_plugin_is_found_where_none_is_installed():
    assert plugins() == []
    with Chimeric() as client:
        assert client.available_providers == []


def test_importing_the_core_imports_no_optional_library():
    code = (
        "import sys, chimeric; chimeric.Chimeric(); "
        "print(*{m.partition('.')[0] for m in sys.modules})"
    )
    environ = {"CHIMERIC_PLUGINS": "none-of-them", "PATH": "", "SYSTEMROOT": ""}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    unwanted = {"pydantic", "starlette", "trio", "aiohttp", "pytest", "openai", "anthropic"}
    assert not unwanted & set(ran.stdout.split())


def test_every_module_of_the_core_imports_without_plugins():
    code = """
import importlib, pkgutil, chimeric
for module in pkgutil.walk_packages(chimeric.__path__, "chimeric."):
    importlib.import_module(module.name)
"""
    environ = {"PATH": "", "SYSTEMROOT": ""}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.skipif(bool(INSTALLED), reason="plugins are installed here")
@pytest.mark.parametrize(
    ("code", "distribution"),
    [
        ("from chimeric import BatchResult", "chimeric-batch"),
        ("import chimeric.serving", "chimeric-serving"),
        ("from chimeric.testing import LoopbackServer", "chimeric-testing"),
    ],
)
def test_a_name_that_has_left_the_core_names_its_distribution(code, distribution):
    with pytest.raises(ConfigurationError, match=f"pip install {distribution}"):
        exec(code)


@pytest.mark.skipif(bool(INSTALLED), reason="plugins are installed here")
def test_many_requests_need_the_distribution_of_batches(client):
    with pytest.raises(ConfigurationError, match="pip install chimeric-batch"):
        client.generate_many(["hi"], model="sim:echo")

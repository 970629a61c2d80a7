"""What ``chimeric new-plugin`` writes builds, installs beside the core, passes and works."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chimeric_testing import Close, LoopbackServer, SeenRequest
from environments import ROOT, Environment, build_wheel, run

sys.path.insert(0, str(ROOT / "plugins" / "chimeric-cli"))

from chimeric_cli.new_plugin import Kind, generate


def answer(request: SeenRequest) -> Iterator[bytes | Close]:
    yield b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
    yield b'{"text":"A cat "}\n{"text":"sat"}\n{"end":{"reason":"stop","input_tokens":3}}\n'
    yield Close()


@pytest.mark.slow
def test_both_kinds_build_install_pass_their_tests_and_work(
    environment: Environment, tmp_path: Path
) -> None:
    kinds: tuple[tuple[str, Kind], ...] = (("acme-labs", "provider"), ("swap", "middleware"))
    kit = build_wheel(ROOT / "plugins" / "chimeric-testing", tmp_path / "wheels")
    environment.install(kit, "pytest")
    for name, kind in kinds:
        folder = generate(name, kind, tmp_path)
        environment.install(build_wheel(folder, tmp_path / "wheels"))
        # The tests run against what was installed, not against the folder.
        shutil.copytree(folder / "tests", tmp_path / "tests" / name)
        command = ("-m", "pytest", "-q", "--import-mode=importlib", "-p", "no:cacheprovider")
        printed = run(environment.python, *command, tmp_path / "tests" / name, cwd=tmp_path)
        assert "failed" not in printed
    with LoopbackServer(answer) as server:
        told = environment.call(
            "import json\n"
            "from chimeric import Chimeric\n"
            "from chimeric_swap import Swap\n"
            f"client = Chimeric(acme_labs_base_url={server.url!r}, plugins=[Swap('cat', 'dog')])\n"
            "stream = client.generate('acme-labs-1', 'Hi', stream=True)\n"
            "print(json.dumps([stream.collect().content, stream.response.usage.prompt_tokens]))",
            ACME_LABS_API_KEY="acme-key-0123456789",
        )
    assert told == ["A dog sat", 3]
    (request,) = server.requests
    assert request.headers["authorization"] == "Bearer acme-key-0123456789"


@pytest.mark.parametrize("kind", ["provider", "middleware"])
def test_the_files_are_clean_python(kind: Kind, tmp_path: Path) -> None:
    folder = generate("chimeric-acme-labs", kind, tmp_path)
    assert folder.name == "chimeric-acme-labs"
    sources = list(folder.rglob("*.py"))
    assert sources
    for source in sources:
        compile(source.read_text(), str(source), "exec")
    everything = "".join(p.read_text() for p in folder.rglob("*") if p.is_file())
    assert "@module@" not in everything
    assert "@name@" not in everything


@pytest.mark.parametrize("name", ["", "Acme", "acme_labs", "-acme", "acme--labs", "../acme", "1up"])
def test_a_name_that_cannot_be_used_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be a plugin's name"):
        generate(name, "provider", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "chimeric-acme").mkdir()
    with pytest.raises(FileExistsError):
        generate("acme", "provider", tmp_path)
    with pytest.raises(ValueError, match="not 'thing'"):
        generate("other", "thing", tmp_path)  # type: ignore[arg-type]

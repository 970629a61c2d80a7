"""Broken plugins of every kind beside a good one: the good one works, the others are named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chimeric_testing import LoopbackServer
from environments import Environment

HERE = Path(__file__).parent
PROVIDER = """
from chimeric import HTTPRequest, Provider, hookimpl
@hookimpl
def chimeric_provider():
    return Provider(name="{name}"{more})
@hookimpl
def chimeric_build_request(request): return HTTPRequest(url="http://127.0.0.1:9")
@hookimpl
def chimeric_parse_event(event): return None
@hookimpl
def chimeric_parse_response(response): return None
"""
MIDDLEWARE = "from chimeric import hookimpl\n@hookimpl\ndef {hook}({arguments}): return None\n"

BROKEN: dict[str, tuple[str, str, str]] = {
    # name: (group, module's source, what the report must say)
    "raises": ("chimeric", "1/0", "it cannot be imported: ZeroDivisionError"),
    "exits": ("chimeric", "raise SystemExit(3)", "sys.exit"),
    "syntax": ("chimeric", "def (:", "SyntaxError"),
    "needy": ("chimeric", "import not_there_at_all", "'not_there_at_all' is missing; reinstall"),
    "newer": (
        "chimeric",
        PROVIDER.format(name="newer", more=", api_version=99"),
        "needs plugin API 99, and this chimeric-core has 2: pip install 'chimeric-core>=7.5'",
    ),
    "later": (
        "chimeric.middleware",
        "chimeric_api = (3, 4)\n"
        + MIDDLEWARE.format(hook="chimeric_process_chunk", arguments="chunk"),
        "needs plugin API 3",
    ),
    "numberless": (
        "chimeric.middleware",
        "chimeric_api = 'two'\n"
        + MIDDLEWARE.format(hook="chimeric_process_chunk", arguments="chunk"),
        "declare (lowest, highest)",
    ),
    "panics": ("chimeric", "raise BaseException('a panic of its own')", "BaseException: a panic"),
    "cancels": (
        "chimeric.middleware",
        "import asyncio\nraise asyncio.CancelledError('at import')",
        "CancelledError: at import",
    ),
    "private": (
        "chimeric.middleware",
        "from chimeric.chunks import NoSuchThing\n",
        "cannot import name 'NoSuchThing' from 'chimeric.chunks'",
    ),
    "misnamed": ("chimeric", PROVIDER.format(name="other", more=""), "give both one name"),
    "partial": (
        "chimeric",
        "from chimeric import Provider, hookimpl\n@hookimpl\n"
        "def chimeric_provider(): return Provider(name='partial')",
        "a provider must implement chimeric_build_request",
    ),
    "wrongtype": (
        "chimeric",
        PROVIDER.format(name="wrongtype", more="").replace("Provider(name", "dict(name"),
        "return a Provider",
    ),
    "declares": (
        "chimeric",
        PROVIDER.format(name="declares", more=", no_such_field=1"),
        "chimeric_provider failed: TypeError",
    ),
    "unmarked": (
        "chimeric.middleware",
        "def chimeric_process_chunk(chunk): return chunk",
        "decorate it with @chimeric.hookimpl",
    ),
    "misspelt": (
        "chimeric.middleware",
        MIDDLEWARE.format(hook="chimeric_proces_chunk", arguments="chunk"),
        "did you mean chimeric_process_chunk?",
    ),
    "arguments": (
        "chimeric.middleware",
        MIDDLEWARE.format(hook="chimeric_process_chunk", arguments="chunk, colour"),
        "colour",
    ),
    "empty": ("chimeric.middleware", "", "it implements no hook"),
    "absent": ("chimeric.middleware", "", "absent_module"),
}


MIDDLEWARES = [name for name, (group, _, _) in BROKEN.items() if group == "chimeric.middleware"]


def install(directory: Path, name: str, group: str, source: str, distribution: str = "") -> None:
    """Put a distribution there as an installer would."""
    distribution = distribution or f"{name}-for-chimeric"
    module = f"{distribution.replace('-', '_')}_module"
    info = directory / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    needs = "Requires-Dist: chimeric-core>=7.5\n" if name == "newer" else ""
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n{needs}"
    )
    value = "absent_module" if name == "absent" else module
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {value}\n")
    (directory / f"{module}.py").write_text(source)


def program(directory: Path, text: str, python: Path | str = sys.executable) -> Any:
    """Run a program with that directory on its path; what it printed last, as plain data."""
    done = subprocess.run(
        [str(python), "-W", "ignore", "-c", text],
        env={**os.environ, "PYTHONPATH": str(directory), "ACME_SECRET": "acme-secret-0123456789"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with the good plugin and all the broken ones."""
    directory = tmp_path / "installed"
    good = (HERE / "acme" / "acme_for_chimeric.py").read_text()
    install(directory, "acme", "chimeric", good)
    for name, (group, source, _) in BROKEN.items():
        install(directory, name, group, source)
    install(directory, "acme", "chimeric", "raise AssertionError", "zz-takes-the-name")
    return directory


def whole(request: Any) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 44\r\n\r\n"
    yield b'{"text":"Hello","why":"done","tokens":[9,6]}'


def test_the_good_one_works_and_the_report_names_the_broken_ones(directory: Path) -> None:
    with LoopbackServer(whole) as server:
        told = program(
            directory,
            "import json\n"
            "from chimeric import Chimeric, plugins\n"
            f"client = Chimeric(acme_base_url={server.url!r})\n"
            "text = client.generate('acme:small', 'Hi').content\n"
            "infos = [[i.name, i.distribution, i.state, i.error] for i in plugins()]\n"
            "print(json.dumps([text, infos]))",
        )
    text, infos = told
    assert text == "Hello"
    states = {(name, distribution): (state, error) for name, distribution, state, error in infos}
    assert states["acme", "acme-for-chimeric"] == ("active", None)
    for name, (_, _, words) in BROKEN.items():
        state, error = states[name, f"{name}-for-chimeric"]
        assert state == "broken", name
        assert f"{name}-for-chimeric 1.0 is set aside" in error
        assert words in error
    state, error = states["acme", "zz-takes-the-name"]
    assert state == "broken"
    assert "is taken by acme-for-chimeric; uninstall one of the two" in error


def test_asking_for_a_broken_provider_says_what_to_do(directory: Path) -> None:
    errors = program(
        directory,
        "import json\n"
        "from chimeric import Chimeric, PluginError\n"
        "client, told = Chimeric(), {}\n"
        f"for name in {[n for n, b in BROKEN.items() if b[0] == 'chimeric']!r}:\n"
        "    try: client.generate(name + ':m', 'Hi')\n"
        "    except PluginError as error: told[name] = [error.distribution, error.message]\n"
        "print(json.dumps(told))",
    )
    for name, (group, _, words) in BROKEN.items():
        if group == "chimeric":
            distribution, message = errors[name]
            assert distribution == f"{name}-for-chimeric"
            assert words in message


def test_a_broken_middleware_warns_once_at_construction_and_can_be_disabled(
    directory: Path,
) -> None:
    told = program(
        directory,
        "import json, warnings\n"
        "from chimeric import Chimeric, PluginWarning\n"
        "def names(**settings):\n"
        "    with warnings.catch_warnings(record=True) as caught:\n"
        "        warnings.simplefilter('always')\n"
        "        Chimeric(**settings)\n"
        "    assert all(w.category is PluginWarning for w in caught)\n"
        "    return sorted(str(w.message).split(chr(39))[1] for w in caught)\n"
        f"broken = {MIDDLEWARES!r}\n"
        "print(json.dumps([names(), names(disable_plugins=broken)]))",
    )
    assert told[0] == sorted([*MIDDLEWARES, "acme"])
    assert told[1] == ["acme"]


def test_the_allow_list_keeps_all_others_from_being_imported(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIMERIC_PLUGINS", "acme")
    told = program(
        directory,
        "import json, sys\n"
        "from chimeric import Chimeric\n"
        "client = Chimeric()\n"
        "print(json.dumps([client.available_providers,"
        " sorted(m for m in sys.modules if m.endswith('_module'))]))",
    )
    assert told == [["acme"], []]


MEASURE = """
import json, sys
calls = 0
def count(frame, event, argument):
    global calls
    calls += event in ("call", "c_call")
sys.setprofile(count)
from chimeric import Chimeric
client = Chimeric()
first, calls = calls, 0
Chimeric()
again = calls
sys.setprofile(None)
assert len(client.available_providers) == COUNT
print(json.dumps([first, again]))
"""


def test_forty_plugins_cost_little_more_than_two(environment: Environment, tmp_path: Path) -> None:
    """Counted in calls of functions: the time of a client varies more than the difference."""
    source = "raise AssertionError('an unneeded plugin was imported')"
    calls: dict[int, list[int]] = {}
    for count in (2, 40):
        for number in range(count):
            install(tmp_path / str(count), f"extra{number}", "chimeric", source)
        text = MEASURE.replace("COUNT", str(count))
        calls[count] = program(tmp_path / str(count), text, environment.python)
    first, again = (forty / two for forty, two in zip(calls[40], calls[2], strict=True))
    assert first < 1.2, calls
    assert again < 1.2, calls


def test_copies_of_a_distribution_on_the_path_count_once(tmp_path: Path) -> None:
    source = PROVIDER.format(name="twice", more="")
    install(tmp_path / "one", "twice", "chimeric", source)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    paths = Path(f"{tmp_path / 'one'}{os.pathsep}{tmp_path / 'two'}")
    told = program(
        paths,
        "import json\nfrom chimeric import plugins\n"
        "print(json.dumps([i.state for i in plugins() if i.name == 'twice']))",
    )
    assert told == ["active"]


METADATA = b"Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"
HOOK = MIDDLEWARE.format(hook="chimeric_process_chunk", arguments="chunk")
CODED = "[console_scripts]\n# caf\xe9\na = b:c\n".encode("latin-1")
BROKEN_METADATA: dict[str, dict[str, bytes]] = {
    "a line without an equals sign": {"entry_points.txt": b"[console_scripts]\nfoo\n"},
    "a merge conflict": {
        "entry_points.txt": b"<<<<<<< HEAD\n[console_scripts]\na = b:c\n=======\nbar\n"
    },
    "entry points that are not UTF-8": {"entry_points.txt": CODED},
    "entry points that are a directory": {},
}


@pytest.mark.parametrize("kind", BROKEN_METADATA)
def test_broken_metadata_of_others_is_nobodys_business(kind: str, tmp_path: Path) -> None:
    info = tmp_path / "other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_bytes(METADATA)
    for name, data in BROKEN_METADATA[kind].items():
        (info / name).write_bytes(data)
    if not BROKEN_METADATA[kind]:
        (info / "entry_points.txt").mkdir()
    told = program(
        tmp_path,
        "import json, sys, warnings\n"
        "sys.path += [b'bytes', None]\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    from chimeric import Chimeric\n"
        "    client = Chimeric()\n"
        "told = [str(w.message) for w in caught]\n"
        "print(json.dumps([len(client.available_providers) > 0, told]))",
    )
    assert told == [True, []]


def test_middleware_whose_metadata_is_not_utf8_is_used(tmp_path: Path) -> None:
    install(tmp_path, "foo", "chimeric.middleware", HOOK)
    metadata = tmp_path / "foo_for_chimeric-1.0.dist-info" / "METADATA"
    metadata.write_bytes(metadata.read_bytes() + "Author: Ren\xe9\n".encode("latin-1"))
    told = program(
        tmp_path,
        "import json\nfrom chimeric import plugins\n"
        "print(json.dumps([i.state for i in plugins() if i.name == 'foo']))",
    )
    assert told == ["active"]


def test_without_metadata_the_folder_is_named(tmp_path: Path) -> None:
    install(tmp_path, "absent", "chimeric.middleware", "")
    (tmp_path / "absent_for_chimeric-1.0.dist-info" / "METADATA").unlink()
    told = program(
        tmp_path,
        "import json\nfrom chimeric import plugins\n"
        "print(json.dumps([i.error for i in plugins() if i.name == 'absent']))",
    )
    assert "of absent_for_chimeric-1.0.dist-info" in told[0]
    assert "None" not in told[0]


def test_two_spellings_of_a_distribution_count_once(tmp_path: Path) -> None:
    source = PROVIDER.format(name="spelt", more="")
    install(tmp_path / "one", "spelt", "chimeric", source, "spelt-for-chimeric")
    install(tmp_path / "two", "spelt", "chimeric", source, "spelt_for_chimeric")
    paths = Path(f"{tmp_path / 'one'}{os.pathsep}{tmp_path / 'two'}")
    told = program(
        paths,
        "import json\nfrom chimeric import plugins\n"
        "print(json.dumps([i.state for i in plugins() if i.name == 'spelt']))",
    )
    assert told == ["active"]


def test_the_older_distribution_in_the_same_folder_is_told(
    environment: Environment, tmp_path: Path
) -> None:
    program_text = (
        "import json, warnings\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    import chimeric\n"
        "print(json.dumps([chimeric.__file__, [str(w.message) for w in caught]]))"
    )
    place, told = program(tmp_path, program_text, environment.python)
    assert told == []
    (Path(place).parents[1] / "chimeric-0.3.0.dist-info").mkdir()
    _, told = program(tmp_path, program_text, environment.python)
    assert "pip uninstall -y chimeric" in told[0]
    assert "--force-reinstall --no-deps chimeric-core" in told[0]

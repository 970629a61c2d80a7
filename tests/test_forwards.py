"""Names that have left the core: they work, they warn, and they name what is missing."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import chimeric
from chimeric import Chimeric, ConfigurationError

HERE = Path(__file__).name

NAMES = [
    ("chimeric", "AsyncBatch", "chimeric_batch"),
    ("chimeric", "BatchResult", "chimeric_batch"),
    ("chimeric", "strict_schema", "chimeric_chat_completions"),
    ("chimeric.serving", "sse_response", "chimeric_serving"),
    ("chimeric.serving", "chunk_event", "chimeric_serving"),
    ("chimeric.testing", "LoopbackServer", "chimeric_testing"),
    ("chimeric.testing", "play", "chimeric_testing"),
    ("chimeric.testing.server", "chunked", "chimeric_testing.server"),
    ("chimeric.testing.script", "Script", "chimeric_testing.script"),
    ("chimeric.testing.play", "Reply", "chimeric_testing.play"),
    ("chimeric.testing.faults", "FaultServer", "chimeric_testing.faults"),
    ("chimeric.testing.faults.fault", "Fault", "chimeric_testing.faults.fault"),
    ("chimeric.testing.fixtures", "serve_fault", "chimeric_testing.fixtures"),
]


def run(code: str, *, without: str = "") -> str:
    """Run code in an interpreter of its own, where a package may be missing."""
    start = f"import sys; sys.modules[{without!r}] = None\n" if without else ""
    environ = {**os.environ, "CHIMERIC_PLUGINS": "none-of-them"}
    command = [sys.executable, "-W", "always::DeprecationWarning", "-c", start + code]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(("module", "name", "new"), NAMES)
def test_an_old_name_is_the_new_object_and_warns_the_one_who_uses_it(module, name, new):
    old = importlib.import_module(module)
    with pytest.warns(DeprecationWarning, match=f"{module}.{name} is {new}.{name} now") as told:
        found = getattr(old, name)
    assert found is getattr(importlib.import_module(new), name)
    assert [Path(w.filename).name for w in told] == [HERE]


def test_an_old_import_warns_the_line_that_imports(tmp_path):
    script = tmp_path / "old_plugin.py"
    lines = [f"from {module} import {name}" for module, name, _ in NAMES]
    script.write_text("\n".join(lines))
    command = [sys.executable, "-W", "always::DeprecationWarning", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    for line, (module, name, new) in enumerate(NAMES, 1):
        told = f"{script}:{line}: DeprecationWarning: {module}.{name} is {new}.{name} now"
        assert told in done.stderr


def test_the_names_of_a_moved_module_can_be_listed_and_imported_at_once():
    assert "LoopbackServer" in dir(importlib.import_module("chimeric.testing"))
    code = "from chimeric.testing import *; print(LoopbackServer.__module__, play.__module__)"
    assert "chimeric_testing.server chimeric_testing.play" in run(code)


def test_importing_a_moved_submodule_does_not_hide_the_function_of_its_name():
    code = "import chimeric.testing.play; from chimeric.testing import play; print(play.__name__)"
    assert run(code).splitlines()[0] == "play"


def test_the_old_fixtures_still_are_a_plugin_of_pytest(tmp_path):
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["chimeric.testing.fixtures"]\n')
    (tmp_path / "test_it.py").write_text("def test_it(serve_fault):\n    assert serve_fault\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout


def test_the_clients_old_methods_answer_and_warn():
    pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
    with Chimeric() as client:
        with pytest.warns(DeprecationWarning, match=r"chimeric_batch\.generate_many") as told:
            results = client.generate_many(["one", "two"], model="sim:echo", concurrency=2)
        assert [w.filename for w in told] == [__file__]
        assert {r.response.content for r in results if r.response} == {"one", "two"}
        with pytest.warns(DeprecationWarning, match=r"chimeric_batch\.agenerate_many") as told:
            client.agenerate_many([], model="sim:echo")
        assert [w.filename for w in told] == [__file__]
        with pytest.warns(DeprecationWarning, match=r"chimeric_cli\.explain") as told:
            assert "process_chunk" in client.explain()
        assert [w.filename for w in told] == [__file__]


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("from chimeric import BatchResult", "chimeric-batch"),
        ("from chimeric import strict_schema", "chimeric-chat-completions"),
        ("from chimeric import Chimeric; Chimeric().generate_many([])", "chimeric-batch"),
        ("from chimeric import Chimeric; Chimeric().agenerate_many([])", "chimeric-batch"),
        ("from chimeric import Chimeric; Chimeric().explain()", "chimeric-cli"),
        ("import chimeric.serving", "chimeric-serving"),
        ("from chimeric import testing", "chimeric-testing"),
        ("from chimeric.testing.server import chunked", "chimeric-testing"),
    ],
)
def test_where_the_distribution_is_missing_the_error_names_it(code, missing):
    told = run(code, without=missing.replace("-", "_")).strip().splitlines()[-1]
    assert f"pip install {missing}" in told
    kind = told.partition(":")[0].rpartition(".")[2]
    assert kind == "MovedError"


def test_that_error_is_one_of_configuration_and_one_of_importing():
    code = """
from chimeric import ConfigurationError
for kind in (ConfigurationError, ImportError):
    try:
        import chimeric.testing
    except kind as error:
        print(error.kind)
"""
    assert run(code, without="chimeric_testing").split() == ["configuration"] * 2


def test_what_a_moved_module_itself_misses_is_told_as_it_is():
    told = run("from chimeric.serving import words", without="wcwidth")
    assert "wcwidth" in told.splitlines()[-1]
    assert "pip install" not in told


def test_importing_the_core_imports_nothing_of_what_has_left():
    code = "import chimeric, sys; chimeric.Chimeric(); print(*sys.modules)"
    assert not {"chimeric_batch", "chimeric_serving", "chimeric_testing"} & set(run(code).split())


def test_folders_of_an_older_version_do_not_hide_what_has_moved(tmp_path):
    (tmp_path / "testing" / "__pycache__").mkdir(parents=True)
    code = f"import chimeric; chimeric.__path__.append({str(tmp_path)!r})\n"
    code += "from chimeric.testing import Script; print(Script.__module__)"
    assert "chimeric_testing.script" in run(code)


def test_a_name_that_never_was_is_an_attribute_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not hasattr(chimeric, "no_such_name")
        assert not hasattr(importlib.import_module("chimeric.testing"), "__wrapped__")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("chimeric.testing.no_such_module")
    with pytest.raises(AttributeError):
        importlib.import_module("chimeric.testing").no_such_name  # noqa: B018


def test_a_client_refuses_a_wrong_concurrency_as_ever():
    with (
        Chimeric() as client,
        pytest.warns(DeprecationWarning, match="generate_many"),
        pytest.raises(ConfigurationError, match="concurrency"),
    ):
        client.generate_many(["hi"], concurrency=0)

"""The other commands, as processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from chimeric_cli import explain

from chimeric import Chimeric, hookimpl

BROKEN = "import no_such_module_at_all\n"
COMMANDS = """
import click
import chimeric

@chimeric.hookimpl
def chimeric_register_commands(group):
    @group.command()
    def hello():
        "Say hello."
        click.echo("hello from a plugin")
"""


@pytest.fixture
def install(tmp_path: Path, env: dict[str, str]):
    """Put a distribution with an entry point where only these processes find it."""

    def install(name: str, source: str, group: str = "chimeric.middleware") -> None:
        site = tmp_path / "site"
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{name}_module.py").write_text(source)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: click<2\n"
        )
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {name}_module\n")
        env["PYTHONPATH"] = str(site)

    return install


def test_help_lists_every_command_and_exits_with_0(run):
    for arguments in (["--help"], ["-h"], []):
        done = run(*arguments)
        assert done.returncode == 0
        for name in ("chat", "batch", "models", "plugins", "doctor", "demo", "sim", "new-plugin"):
            assert f"  {name} " in done.stdout


def test_help_of_a_command_imports_neither_chimeric_nor_rich(run):
    code = (
        "import sys; from chimeric_cli.main import main; main(['chat', '--help']); "
        "assert not {'chimeric', 'httpx', 'rich'} & set(sys.modules)"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_versions_are_told(run):
    assert "chimeric-core 0." in run("--version").stdout


def test_a_misspelt_command_is_answered_with_its_neighbour(run):
    done = run("chta")
    assert done.returncode == 2
    assert "'chat'" in done.stderr


def test_plugins_are_listed_and_the_broken_one_says_what_to_do(run, install):
    install("shattered", BROKEN)
    done = run("plugins")
    assert done.returncode == 0
    assert "chimeric-sim" in done.stdout
    assert "no_such_module_at_all" in done.stdout
    assert "reinstall shattered" in done.stdout
    listed = {info["name"]: info for info in json.loads(run("plugins", "--json").stdout)}
    assert listed["shattered"]["state"] == "broken"
    assert listed["sim"]["state"] == "active"
    assert "chimeric_parse_event" in run("plugins", "--hooks").stdout


def test_the_order_of_hooks_can_be_told(run):
    lines = run("plugins", "--order").stdout.splitlines()
    assert any(line.startswith("process_chunk ") for line in lines)
    assert not any("parse_event" in line for line in lines), "providers are not called in a row"


def test_what_explain_prints_of_a_client_names_its_plugins_and_the_provider():
    class Loud:
        name = "loud"

        @hookimpl
        def chimeric_process_chunk(self, chunk):
            return chunk

    with Chimeric(plugins=[Loud()]) as client:
        assert "provider openai (chimeric-openai)" in explain(client, "openai")
        (line,) = [s for s in explain(client).splitlines() if s.startswith("process_chunk ")]
    assert line.endswith("loud")


def test_a_plugin_brings_a_command(run, install):
    install("greeter", COMMANDS)
    assert "Say hello." in run("--help").stdout
    assert run("hello").stdout == "hello from a plugin\n"


def test_a_broken_plugin_takes_no_command_down(run, install):
    install("shattered", BROKEN)
    assert run("--help").returncode == 0
    assert run("chat", "-m", "sim:echo", "hi").stdout == "hi\n"


def test_the_doctor_masks_keys_and_shows_urls(run):
    more = {"OPENAI_API_KEY": "sk-verysecret-0123456789", "OPENAI_BASE_URL": "http://127.0.0.1:9"}
    done = run("doctor", more=more)
    if "openai" not in done.stdout:
        pytest.skip("chimeric-openai is not installed")
    assert "***6789 from OPENAI_API_KEY" in done.stdout
    assert "verysecret" not in done.stdout + done.stderr
    assert "http://127.0.0.1:9/v1 from OPENAI_BASE_URL" in done.stdout


def test_the_doctor_finds_what_does_not_fit(run, install):
    install("shattered", BROKEN)
    done = run("doctor")
    assert done.returncode == 1
    assert "needs click<2" in done.stdout
    assert "no_such_module_at_all" in done.stdout
    assert "2 problems found" in done.stdout


def test_the_doctor_asks_the_services_only_when_told(run):
    more = {"CHIMERIC_PLUGINS": "sim", "HTTPS_PROXY": "http://me:pass@proxy:1"}
    assert "Services" not in run("doctor", more=more).stdout
    done = run("doctor", "--online", more=more)
    assert "answers" in done.stdout
    assert "pass@" not in done.stdout


def test_what_is_known_of_a_model_is_told_with_its_source(run):
    done = run("info", "sim:story")
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["model    sim  story", "created  sim  2026-09-21"]
    assert json.loads(run("info", "sim:story", "--json").stdout)["sources"] == {"created": "sim"}
    wrong = run("info", "sim:no-such-model")
    assert wrong.returncode == 1
    assert "no-such-model" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_models_are_lines_that_can_be_given_to_m(run):
    done = run("models", "sim")
    assert done.returncode == 0
    assert "sim:story" in done.stdout.splitlines()
    first = json.loads(run("models", "sim", "--json").stdout.splitlines()[0])
    assert first["provider"] == "sim"
    wrong = run("models", "nobody")
    assert wrong.returncode == 1
    assert "nobody" in wrong.stderr


def test_the_simulator_runs_as_a_server(start):
    import httpx

    process = start("sim", "--port", "0")
    line = process.stdout.readline()
    url = line.split()[2]
    reply = httpx.get(f"{url}/v1/models", headers={"authorization": "Bearer x"})
    assert reply.status_code == 200
    process.terminate()
    assert process.wait(10) == 0


def test_options_of_the_simulator_are_its_own(run):
    assert "--rate" in run("sim", "--help").stdout
    assert run("sim", "--nope").returncode == 2


def test_completion_completes_commands(run):
    assert "_CHIMERIC_COMPLETE" in run("completion", "bash").stdout
    told = run(
        more={"_CHIMERIC_COMPLETE": "bash_complete", "COMP_WORDS": "chimeric ba", "COMP_CWORD": "1"}
    )
    assert "batch" in told.stdout
    assert run("completion", "tcsh").returncode == 2


def test_a_table_in_a_closed_pipe_ends_quietly(start):
    process = start("models", "sim")
    process.stdout.close()
    assert process.wait(20) in (0, 141)
    assert process.stderr.read() == ""
    process.stdout = None


def test_help_is_fast(run):
    run("chat", "--help")
    before = os.times()
    run("chat", "--help")
    after = os.times()  # of the processor: others may keep it busy
    used = after.children_user - before.children_user
    used += after.children_system - before.children_system
    assert used < 2, "measured 0.12 s on a quiet machine"


def test_the_viewer_is_a_distribution_of_its_own_and_is_named_where_it_is_missing() -> None:
    program = (
        "import sys; sys.modules['chimeric_view'] = None; from chimeric_cli.main import main; "
        "sys.exit(main(['view', 'x.json', '--plot']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("error: viewing streams needs the viewer: pip install chimeric-view\n")

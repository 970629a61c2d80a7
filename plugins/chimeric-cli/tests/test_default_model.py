"""The default model: a variable, a file, or the simulator."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from chimeric_cli.defaults import chosen_model, config_file, set_default_model


def config(tmp_path: Path) -> Path:
    return tmp_path / ".config" / "chimeric" / "config.toml"


def test_a_model_can_be_made_the_default(run, tmp_path):
    done = run("models", "--default", "sim:echo")
    assert done.returncode == 0, done.stderr
    assert run("hello there").stdout == "hello there\n"
    assert 'model = "sim:echo"' in config(tmp_path).read_text()
    assert f"sim:echo ({config(tmp_path)})" in run("doctor").stdout


def test_a_variable_comes_before_the_file(run):
    more = {"CHIMERIC_MODEL": "sim:echo"}
    done = run("models", "--default", "sim:story", more=more)
    assert "CHIMERIC_MODEL is set" in done.stderr
    assert run("hello there", more=more).stdout == "hello there\n"


def test_another_default_leaves_comments_alone(run, tmp_path):
    config(tmp_path).parent.mkdir(parents=True)
    config(tmp_path).write_text('# mine\nmodel = "sim:story"\n')
    run("models", "--default", "sim:echo")
    assert config(tmp_path).read_text() == '# mine\nmodel = "sim:echo"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [("model = ", "not TOML"), ("modle = 'a'", "no setting 'modle'"), ("model = 1", "is a text")],
)
def test_a_broken_file_is_named(run, tmp_path, text, told):
    config(tmp_path).parent.mkdir(parents=True)
    config(tmp_path).write_text(text)
    done = run("hello there")
    assert done.returncode == 2
    assert told in done.stderr
    assert str(config(tmp_path)) in done.stderr
    checked = run("doctor", more={"CHIMERIC_PLUGINS": "sim"})
    assert checked.returncode == 1
    assert told in checked.stdout


def test_the_default_is_there_while_another_command_writes_it(tmp_path, monkeypatch):
    for home in ("HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(home, str(tmp_path))
    monkeypatch.delenv("CHIMERIC_MODEL", raising=False)
    set_default_model("sim:echo")

    def write(_):
        set_default_model("sim:echo")

    with ThreadPoolExecutor(4) as commands:
        writing = commands.map(write, range(400))
        for _ in range(400):
            assert chosen_model()[0] == "sim:echo"
        list(writing)
    assert [path.name for path in config_file().parent.iterdir()] == ["config.toml"]


@pytest.mark.skipif(sys.platform == "win32", reason="links are for few there")
def test_a_file_that_is_a_link_stays_one(run, tmp_path):
    (tmp_path / "mine.toml").write_text("# mine\n")
    config(tmp_path).parent.mkdir(parents=True)
    config(tmp_path).symlink_to(tmp_path / "mine.toml")
    run("models", "--default", "sim:echo")
    assert config(tmp_path).is_symlink()
    assert (tmp_path / "mine.toml").read_text() == 'model = "sim:echo"\n# mine\n'


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_cannot_be_written_to_says_what_to_do(run, tmp_path):
    tmp_path.chmod(0o500)
    try:
        done = run("models", "--default", "sim:echo")
    finally:
        tmp_path.chmod(0o700)
    assert done.returncode == 1
    assert "set CHIMERIC_MODEL instead" in done.stderr


def test_a_home_that_is_no_folder_costs_nothing_but_what_is_kept_there(run, tmp_path):
    (tmp_path / "file").write_text("")
    more = {"HOME": str(tmp_path / "file")}
    assert run("-m", "sim:echo", "hi", more=more).stdout == "hi\n"
    assert "sim:story" in run("models", "sim", more=more).stdout
    done = run("models", "--default", "sim:echo", more=more)
    assert done.returncode == 1
    assert "set CHIMERIC_MODEL instead" in done.stderr

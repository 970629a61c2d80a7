"""What the workflows may do: actions by commit, a token for one job that runs nothing of ours."""

from __future__ import annotations

import re

import pytest

from .size import CORE

ROOT = CORE.parents[1]
TEMPLATE = ROOT / "plugins/chimeric-cli/chimeric_cli/template/shared"
WORKFLOWS = [
    *sorted((ROOT / ".github/workflows").glob("*.yml")),
    TEMPLATE / ".github+workflows+test.yml.txt",
]


def jobs(text: str) -> dict[str, str]:
    """The jobs of a workflow, each as its text."""
    _, _, rest = text.partition("\njobs:\n")
    parts = re.split(r"^  (\w+):\n", rest, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_named_by_commit_with_their_version_behind(path):
    used = re.findall(r"uses: (.*)", path.read_text())
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_job_may_write_and_no_checkout_keeps_a_token(path):
    text = path.read_text()
    head = text.partition("\njobs:\n")[0]
    assert re.search(r"^permissions:\n  contents: read\n", head + "\n", re.MULTILINE)
    assert "write-all" not in text
    assert set(re.findall(r"^ +([\w-]+): write$", text, re.MULTILINE)) <= {"id-token"}
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
    assert "pull_request_target" not in text
    assert "secrets." not in text


def test_the_job_with_a_token_has_what_was_built_and_runs_nothing_of_the_project():
    found = jobs((ROOT / ".github/workflows/publish.yml").read_text())
    (name,) = [name for name, text in found.items() if "id-token" in text]
    assert name == "publish"
    publish = found["publish"]
    assert "checkout@" not in publish
    assert "needs: build" in publish
    assert "download-artifact@" in publish
    assert "--require-hashes" in publish
    assert re.search(r"--hash=sha256:[0-9a-f]{64}", publish)
    assert not re.search(r"\b(run\.py|\.ci|scripts/|requirements/|-m build)\b", publish)


def test_what_is_published_is_built_from_a_clean_tree_with_tools_by_hash():
    build = jobs((ROOT / ".github/workflows/publish.yml").read_text())["build"]
    assert "needs: checks" in build
    assert "checkout@" in build
    assert "--require-hashes --only-binary :all: -r requirements/publish.txt" in build
    assert "--no-isolation" in build
    assert not re.search(r"run\.py|\.ci|pytest", build)
    locked = (ROOT / "requirements/publish.txt").read_text()
    blocks = re.findall(
        r"^([\w-]+)==\S+ \\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n?)+)", locked, re.MULTILINE
    )
    names = re.findall(r"^([\w-]+)==", locked, re.MULTILINE)
    assert [name for name, _ in blocks] == names
    assert {"build", "hatchling", "twine"} <= set(names)

"""The older distribution ``chimeric``, whose files lie in the same folder, in every order."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from environments import ROOT, Environment, build_wheel

SIBLINGS = ("batch", "chat-completions", "cli", "dialects", "models", "sim")
OLD = {
    "chimeric/__init__.py": '"""The older one."""\nfrom .client import Client\n',
    "chimeric/client.py": "class Client: ...\n",
    "chimeric/errors.py": "class OldError(Exception): ...\n",
}
"""As in 0.3.0: some files have the names of ours, some do not."""

UNINSTALL = "uninstall -y chimeric"
REINSTALL = "install --force-reinstall --no-deps chimeric-core"


def old_wheel(folder: Path, version: str) -> Path:
    """A wheel of the older distribution."""
    path = folder / f"chimeric-{version}-py3-none-any.whl"
    info = f"chimeric-{version}.dist-info"
    files = {
        **OLD,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: chimeric\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        record += f"{name},sha256={digest.decode()},{len(text)}\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(name, text)
    return path


class Place:
    """An environment with the command line, and wheels of both distributions."""

    def __init__(self, environment: Environment, core: Path, old: dict[str, Path]) -> None:
        self.environment = environment
        self.core = core
        self.old = old

    def do(self, step: str) -> None:
        """Install or uninstall something."""
        match step.split():
            case ["install", "core"]:
                self.environment.install("--no-deps", self.core)
            case ["install", version]:
                self.environment.install("--no-deps", self.old[version])
            case ["remove", "core"]:
                self.environment.uninstall("chimeric-core")
            case _:
                self.environment.uninstall("chimeric")

    def doctor(self) -> subprocess.CompletedProcess[str]:
        return self._run("-m", "chimeric_cli", "doctor")

    def imported(self) -> subprocess.CompletedProcess[str]:
        return self._run("-W", "always", "-c", "import chimeric; print(chimeric.Chimeric)")

    def mend(self, told: str) -> None:
        """Do what was told, word by word."""
        if UNINSTALL in told:
            self.environment.uninstall("chimeric")
        if REINSTALL in told:
            self.environment.install("--reinstall", "--no-deps", self.core)
        elif "install chimeric-core" in told:
            self.environment.install(self.core)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.environment.python), *arguments],
            cwd=self.environment.python.parent,
            env={"HOME": str(self.environment.python.parent), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("siblings")
    return [build_wheel(ROOT / "plugins" / f"chimeric-{name}", folder) for name in SIBLINGS]


@pytest.fixture
def place(core_wheel: Path, wheels: list[Path], tmp_path: Path) -> Callable[[str], Place]:
    """An environment after some steps."""
    old = {version: old_wheel(tmp_path, version) for version in ("0.3.0", "0.3.1")}

    def place(steps: str) -> Place:
        environment = Environment(tmp_path / "environment")
        environment.install(core_wheel, *wheels)
        made = Place(environment, core_wheel, old)
        made.do("remove core")
        for step in steps.split(", "):
            made.do(step)
        return made

    return place


ORDERS = {
    "install 0.3.0, install core": "both",
    "install core, install 0.3.0": "both",
    "install 0.3.0, install core, install 0.3.1": "both",
    "install 0.3.0, install 0.3.1, install core": "both",
    "install core, install 0.3.0, install core": "both",
    "install 0.3.0, install core, remove core": "old",
    "install core, install 0.3.0, remove core": "old",
    "install 0.3.0, install core, remove old": "damaged",
    "install core, install 0.3.0, remove old": "damaged",
    "install 0.3.0": "old",
}
"""Steps, and what is left after them."""


@pytest.mark.slow
@pytest.mark.parametrize("steps", ORDERS)
def test_the_doctor_tells_the_commands_that_mend_it_and_they_do(
    place: Callable[[str], Place], steps: str
) -> None:
    made = place(steps)
    told = made.doctor()
    assert told.returncode == 1, told.stdout + told.stderr
    assert "Traceback" not in told.stderr
    text = " ".join(told.stdout.split())
    assert (UNINSTALL in text) == (ORDERS[steps] != "damaged")
    assert REINSTALL in text
    made.mend(text)
    mended = made.doctor()
    assert mended.returncode == 0, mended.stdout + mended.stderr
    imported = made.imported()
    assert "chimeric.client.client.Chimeric" in imported.stdout, imported.stderr
    assert imported.stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    "steps", ["install 0.3.0, install core", "install 0.3.0, install 0.3.1, install core"]
)
def test_an_import_of_the_core_warns_where_both_are_installed(
    place: Callable[[str], Place], steps: str
) -> None:
    told = place(steps).imported().stderr
    assert "UserWarning: the older distribution 'chimeric' is installed" in told
    assert UNINSTALL in told
    assert REINSTALL in told


@pytest.mark.slow
def test_every_command_says_what_to_do_where_the_core_is_not_the_core(
    place: Callable[[str], Place],
) -> None:
    made = place("install core, install 0.3.0")
    for arguments in (("chat", "-m", "sim:echo", "hi"), ("models",), ("-m", "sim:echo", "hi")):
        done = made._run("-m", "chimeric_cli", *arguments)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "chimeric-core cannot be used" in done.stderr
        assert UNINSTALL in done.stderr


@pytest.mark.slow
def test_the_core_alone_is_no_problem(place: Callable[[str], Place]) -> None:
    made = place("install core")
    done = made.doctor()
    assert done.returncode == 0, done.stdout
    assert made.imported().stderr == ""

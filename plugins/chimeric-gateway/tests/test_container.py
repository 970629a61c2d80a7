"""The container file says what the distribution is. No container is built here."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from chimeric_gateway.serve.command import _parser

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def of(instruction: str) -> list[str]:
    """What stands behind an instruction, each time."""
    return [line.partition(" ")[2].strip() for line in LINES if line.startswith(f"{instruction} ")]


def test_every_extra_that_it_installs_is_there() -> None:
    (installed,) = re.findall(r"chimeric-gateway\[([^]]*)\]", " ".join(of("RUN")))
    assert set(installed.split(",")) == {*PROJECT["optional-dependencies"]} - {"granian"}


def test_its_least_version_is_that_of_the_distributions_it_needs() -> None:
    (least,) = {v for v in PROJECT["dependencies"] if v.startswith("chimeric-core")}
    assert of("ARG") == [f'VERSION="{least.removeprefix("chimeric-core")}"']


def test_its_python_is_one_that_is_supported() -> None:
    (image,) = of("FROM")
    version = re.findall(r":(\d\.\d+)", image)[0]
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]


def test_it_runs_the_gateway_as_a_user_without_rights_on_its_usual_port() -> None:
    (entry,), (more,) = of("ENTRYPOINT"), of("CMD")
    assert entry.startswith('["python", "-m", "chimeric_gateway"')
    words = re.findall(r'"([^"]+)"', f"{entry} {more}")[3:]
    told = _parser("gateway").parse_args(words)
    assert (told.host, told.config) == ("0.0.0.0", "gateway.toml")
    assert of("EXPOSE") == [str(told.port)]
    assert f":{told.port}/healthz" in of("HEALTHCHECK")[0]
    assert LINES.index("USER gateway") < next(
        place for place, line in enumerate(LINES) if line.startswith("ENTRYPOINT")
    )


def test_it_is_stopped_by_the_signal_that_lets_streams_end() -> None:
    assert of("STOPSIGNAL") == ["SIGTERM"]

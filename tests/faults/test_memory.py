"""Hostile answers do not grow the client: measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from chimeric_testing import FaultServer

from .cases import APPLICABLE, Case
from .dialects import KEY, Dialect
from .observed import arguments

ROOT = Path(__file__).resolve().parents[2]

HUNGRY = [
    (case, dialect)
    for case, dialect in APPLICABLE
    if case.fault.memory is not None and dialect.name in ("chat", "google", "ollama")
]

CLIENT = """
import json, resource, sys
from chimeric import Chimeric, ChimericError

def resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

settings, arguments = json.loads(sys.argv[1])
def play():
    with Chimeric(max_retries=0, **settings) as client:
        try:
            client.generate(**arguments).collect()
        except ChimericError as error:
            return error.kind, error.partial.content if error.partial else ""

sys.stdin.readline()
play()  # the good answer: everything is imported now
before = resident()
print("warm", flush=True)
sys.stdin.readline()
outcome, text = play()
print(json.dumps([outcome, text, resident() - before]), flush=True)
"""
CLIENT = CLIENT.replace('if error.partial else ""', 'if error.partial else ""\n    return "ok", ""')


@pytest.mark.skipif(sys.platform == "win32", reason="the resource module is needed")
@pytest.mark.parametrize(("case", "dialect"), HUNGRY, ids=[f"{c.name}-{d.name}" for c, d in HUNGRY])
def test_a_hostile_answer_grows_the_client_by_less_than_its_bound(
    case: Case, dialect: Dialect
) -> None:
    script = case.script(dialect)
    assert script is not None
    with FaultServer(script) as server:
        settings = {
            "api_keys": {dialect.provider: KEY},
            "base_urls": {dialect.provider: server.url},
        }
        told = json.dumps([settings, arguments(dialect)])
        child = subprocess.Popen(
            [sys.executable, "-c", CLIENT, told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        with child:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write("go\n")
            child.stdin.flush()
            assert child.stdout.readline() == "warm\n"
            server.play(case.fault)
            child.stdin.write("go\n")
            child.stdin.flush()
            outcome, text, grown = json.loads(child.stdout.readline())
    assert (outcome, text) == case.expected(dialect)
    assert grown < (case.fault.memory or 0), f"grew by {grown:.0f} MiB"

"""Import and first client: a new process each time."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

from .environments import Environment
from .peers import PEERS
from .session import Cell

__all__ = ["FLOOR", "SUBJECTS", "measure_starting"]

FLOOR = "import httpx, msgspec, pluggy"

SUBJECTS: dict[str, tuple[str, str]] = {
    FLOOR: ("chimeric", FLOOR),
    "chimeric": ("chimeric", "from chimeric import Chimeric; Chimeric(openai_api_key='x')"),
    "chimeric, ready to send": (
        "chimeric",
        "from chimeric import Chimeric; Chimeric(openai_api_key='x')\n"
        "import chimeric.transport.httpx_transport, chimeric_openai, chimeric_responses",
    ),
    **{name: (name, peer.first) for name, peer in PEERS.items()},
}

PROGRAM = """
import json, sys, time
wall, cpu, before = time.perf_counter(), time.process_time(), len(sys.modules)
{code}
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
status = open("/proc/self/status").read()
memory = int(status.partition("VmHWM:")[2].split()[0]) * 1024
modules = len(sys.modules) - before
sys.stdout.write("\\n" + json.dumps(dict(cpu=cpu, wall=wall, memory=memory, modules=modules)))
"""


def measure_starting(environments: dict[str, Environment], rounds: int) -> dict[str, Cell]:
    """CPU and wall seconds, peak memory and modules of each, interleaved.

    One round that does not count comes first, for byte code and the disk's cache.
    """
    cells = {name: Cell() for name in SUBJECTS}
    for number in range(rounds + 1):
        for name, cell in cells.items():
            if cell.error or cell.spent > 20:
                continue
            began = time.monotonic()
            place, code = SUBJECTS[name]
            reply = _run(environments[place], code)
            if "error" in reply:
                cell.error = reply["error"]
            elif number:
                cell.values.append(reply)
                cell.spent += time.monotonic() - began
    return cells


def _run(environment: Environment, code: str) -> dict[str, Any]:
    if environment.error is not None:
        return {"error": f"not installed: {environment.error}"}
    done = subprocess.run(
        [environment.python, "-c", PROGRAM.format(code=code)],
        capture_output=True,
        text=True,
        cwd=environment.path,
        env={"PATH": "/usr/bin:/bin", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "HOME": "/tmp"},
        check=False,
        timeout=120,
    )
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["failed"])[-1][:200]}
    reply: dict[str, Any] = json.loads(done.stdout.rpartition("\n")[2])
    return reply

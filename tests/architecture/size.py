"""Counts lines of code: no blank lines, no comments, no docstrings."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import tokenize
from pathlib import Path

__all__ = ["CORE", "lines_of", "loaded_by"]

CORE = Path(__file__).resolve().parents[2] / "chimeric_core" / "chimeric"

LOADED = """
import json, sys
{program}
from pathlib import Path
names = [n for n in sys.modules if n == "chimeric" or n.startswith("chimeric.")]
found = {{getattr(sys.modules[name], "__file__", None) for name in names}}
files = sorted(file for file in found if file)
print(json.dumps(files))
"""


def lines_of(path: Path) -> int:
    """Lines of a module that hold code."""
    source = path.read_text(encoding="utf-8")
    told: set[int] = set()
    silent = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in (*silent, tokenize.ENDMARKER):
            told.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            value = getattr(statement, "value", None)
            is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
            if isinstance(statement, ast.Expr) and is_text:
                told.difference_update(range(statement.lineno, (statement.end_lineno or 0) + 1))
    return len(told)


def loaded_by(program: str) -> list[Path]:
    """Modules of the core that a program loads, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(program=program)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "CHIMERIC_PLUGINS": "compatible"},
    )
    return [Path(file) for file in json.loads(done.stdout.splitlines()[-1])]

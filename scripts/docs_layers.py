"""Draws the layers of the core from its imports: ``python scripts/docs_layers.py`` writes the SVG.

Each layer is a box with its modules; an arrow says how many of its modules import from a layer
below. The colours are variables of the site's theme, as in ``docs_drawing``.
"""

from __future__ import annotations

import ast
import textwrap
from collections import Counter
from pathlib import Path

from docs_drawing import ACCENT, FAINT, FILL, INK

__all__ = ["PATH", "draw"]

ROOT = Path(__file__).parents[1]
CORE = ROOT / "chimeric_core" / "chimeric"
PATH = ROOT / "docs" / "assets" / "layers.svg"

LAYERS = ("client", "transport", "exchange", "stream", "plugins", "values", "schema", "errors")
WIDTH, LEFT, BOX, GAP, LINE, PAD = 720, 16, 490, 18, 17, 12


def modules_of(layer: str) -> list[str]:
    """Names of a layer's modules."""
    if layer == "errors":
        return ["errors", "nearest"]
    return sorted(path.stem for path in (CORE / layer).glob("[!_]*.py"))


def imports_of(layer: str) -> Counter[str]:
    """How many modules of a layer import from each other one, at run time."""
    counts: Counter[str] = Counter()
    files = [CORE / "errors.py"] if layer == "errors" else (CORE / layer).glob("[!_]*.py")
    for path in files:
        counts.update(_layers_that(ast.parse(path.read_text(encoding="utf-8"))) - {layer})
    return counts


def _layers_that(tree: ast.Module) -> set[str]:
    """Layers that a module imports, but for type checkers."""
    found: set[str] = set()
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chimeric."):
            found.add((node.module or "").split(".")[1])
        todo += ast.iter_child_nodes(node)
    return found & set(LAYERS)


def draw() -> str:
    """The drawing as SVG, without an empty line, so that Markdown takes it as one block."""
    parts: list[str] = []
    y = 16
    places: dict[str, tuple[int, int]] = {}
    for layer in LAYERS:
        lines = textwrap.wrap("  ".join(modules_of(layer)), 66)
        height = PAD * 2 + LINE * (1 + len(lines))
        places[layer] = (y, height)
        parts.append(
            f'<rect x="{LEFT}" y="{y}" width="{BOX}" height="{height}" rx="4" fill="{FILL}" '
            f'stroke="{ACCENT}"/>'
        )
        parts.append(
            f'<text x="{LEFT + 12}" y="{y + PAD + 12}" font-weight="600" fill="{INK}">'
            f"{layer}</text>"
        )
        for number, line in enumerate(lines, 1):
            parts.append(
                f'<text x="{LEFT + 12}" y="{y + PAD + 12 + LINE * number}" font-size="12" '
                f'fill="{FAINT}">{line}</text>'
            )
        y += height + GAP
    parts += _arrows(places)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
        f'height="{y}" role="img" font-family="system-ui, sans-serif" font-size="13">'
    )
    title = "<title>The layers of the core, and how many modules import from which</title>"
    return "\n".join([head, title, *parts, "</svg>"]) + "\n"


def _arrows(places: dict[str, tuple[int, int]]) -> list[str]:
    """Beside each layer: what its modules import."""
    parts: list[str] = []
    for layer, (y, _) in places.items():
        told = imports_of(layer)
        for number, below in enumerate(name for name in LAYERS if told[name]):
            text = f"{told[below]} → {below}"
            parts.append(
                f'<text x="{LEFT + BOX + 14 + 98 * (number // 4)}" '
                f'y="{y + PAD + 8 + 13 * (number % 4)}" font-size="11" fill="{INK}">{text}</text>'
            )
    return parts


if __name__ == "__main__":
    PATH.write_text(draw(), encoding="utf-8")
    print(f"wrote {PATH.relative_to(ROOT)}")

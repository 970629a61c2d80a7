"""Draws docs/assets/viewer.png: the page of ``chimeric view``, in Chromium.

    python scripts/viewer_picture.py

Three streams of the simulator are recorded. Two are then given what a real network gives: a pause,
and an end too early. Needs playwright and Chromium.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec
from chimeric_record import Record
from chimeric_view import page
from chromium import window

from chimeric import Chimeric

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "assets" / "viewer.png"


def recordings(folder: Path) -> list[Path]:
    """One stream as it came, one with a pause, one that was cut."""
    with Chimeric(plugins=[Record(folder / "made", "record")]) as client:
        client.generate("sim:story", "A story about tides in 90 words", True, rate=40).collect()
    (made,) = (folder / "made").iterdir()
    told: dict[str, Any] = msgspec.json.decode(made.read_bytes())
    pieces: list[dict[str, Any]] = told["pieces"]
    first = pieces[0]["at"]
    pieces = [{**piece, "at": piece["at"] - first + 0.31} for piece in pieces]
    told |= {"at": 0.29, "pieces": pieces}
    slow = [{**p, "at": p["at"] + 1.6 * (n > 40) + 0.7 * (n > 90)} for n, p in enumerate(pieces)]
    cut = {"at": pieces[69]["at"] + 1.2, "kind": "connection", "message": "reset by peer"}
    three = (told, {**told, "pieces": slow}, {**told, "pieces": pieces[:70], "failure": cut})
    paths = [folder / f"{name}.json" for name in ("one", "slow", "cut")]
    for path, one in zip(paths, three, strict=True):
        path.write_bytes(msgspec.json.encode(one))
    return paths


def main() -> None:
    """Record, write the page, and take its picture."""
    with tempfile.TemporaryDirectory() as name, window(1280, 1010, 1.25) as shown:
        place = Path(name, "page.html")
        place.write_text(page(recordings(Path(name))), encoding="utf-8")
        shown.goto(place.as_uri())
        shown.wait_for_selector("html[data-ready]", state="attached")
        for key in ("2", "g"):
            shown.keyboard.press(key)
        shown.wait_for_timeout(500)
        shown.screenshot(path=PICTURE)


if __name__ == "__main__":
    main()

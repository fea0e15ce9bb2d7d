"""Reads the demo collection: people, problems in every status, images with their attributions."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
IMAGES = FOLDER / "images"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoImage:
    """One picture file and what is said of it."""

    path: Path
    source: str
    license: str
    attribution: str
    alt_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """`people`, `problems` and `taught` as collection.json holds them, `images` by file name."""

    people: list[dict[str, Any]]
    problems: list[dict[str, Any]]
    taught: dict[str, str]
    images: dict[str, DemoImage]


def read_collection() -> Collection:
    """The collection that ships with the project."""
    document = json.loads((FOLDER / "collection.json").read_text(encoding="utf-8"))
    with (IMAGES / "images.csv").open(encoding="utf-8", newline="") as file:
        images = {row["file"]: _image(row) for row in csv.DictReader(file)}
    return Collection(**document, images=images)


def _image(row: dict[str, str]) -> DemoImage:
    names = ("source", "license", "attribution", "alt_text")
    return DemoImage(path=IMAGES / row["file"], **{name: row[name] for name in names})

"""What the columns of a table are called, and the empty table people can start from."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curation.domain.importing.found import ImportRefusedError

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "problem": ("problem id", "problem number", "problem no", "id", "case", "item", "task"),
    "role": ("panel role", "part"),
    "question": ("prompt",),
    "answer": ("correct answer", "right answer", "label"),
    "accepted_variants": ("variants", "accepted", "also right", "other answers", "synonyms"),
    "image": ("image file", "file", "filename", "picture"),
    "source": ("image source", "origin"),
    "license": ("licence", "image license", "image licence"),
    "attribution": ("credit", "image attribution"),
    "description": ("alt text", "alt", "image description"),
    "specialty": ("speciality",),
    "answer_format": ("flag answer format", "format"),
    "image_type": ("flag image type", "modality"),
    "cognitive_process": ("flag cognitive process", "process"),
    "rarity": ("flag rarity",),
    "difficulty": ("flag difficulty llms", "flag difficulty"),
    "image_url": ("url", "image address"),
    "order": ("position", "panel order"),
    "parquet_path": (),
}
"""Column -> other headings it is known by. The last three are SMMILE's; a person needs none."""

TEMPLATE_COLUMNS = tuple(HEADINGS)[:-3]
SAMPLE = "sample, delete me"
_SAMPLE_ROWS = (
    {
        "problem": SAMPLE,
        "role": "example",
        "question": "Which side is affected?",
        "answer": "Left",
        "accepted_variants": "Left side | On the left",
        "image": "chest-1.png",
        "source": "Our teaching archive",
        "license": "CC-BY-4.0",
        "attribution": "University hospital",
        "description": "Chest X-ray, frontal view",
        "specialty": "radiology",
        "answer_format": "free response",
        "image_type": "X-Ray",
        "cognitive_process": "classification",
        "rarity": "common",
        "difficulty": "easy",
    },
    {
        "problem": SAMPLE,
        "role": "query",
        "question": "Which side is affected?",
        "answer": "Right",
        "image": "chest-2.png",
    },
)
_PERMUTED = {"originalproblemid", "permutationnumber"}


def folded(words: str) -> str:
    """Letters and digits in lower case: how headings and terms are compared.

    >>> folded("X-Ray")
    'xray'
    """
    return "".join(char for char in words.casefold() if char.isalnum())


_COLUMN_OF = {
    folded(heading): column for column, others in HEADINGS.items() for heading in (column, *others)
}


@dataclass(frozen=True, slots=True)
class Header:
    """Which cell of a row is which column, and the headings that mean nothing here."""

    places: Mapping[str, int]
    unknown: tuple[str, ...]

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        """A row's cells by column, white space at their ends removed."""
        return {
            column: row[place].strip() if place < len(row) else ""
            for column, place in self.places.items()
        }


def recognized(headings: Sequence[str]) -> int:
    """How many of these headings are known."""
    return sum(folded(heading) in _COLUMN_OF for heading in headings)


def header_of(headings: Sequence[str], name: str) -> Header:
    """Read the first row of a table; ImportRefusedError where no problem can be read by it."""
    if {folded(heading) for heading in headings} >= _PERMUTED:
        raise ImportRefusedError(
            f"“{name}” is a permuted set: each problem stands in it many times. "
            "Bring the set it was made from."
        )
    places: dict[str, int] = {}
    unknown = []
    for place, heading in enumerate(headings):
        column = _COLUMN_OF.get(folded(heading))
        if column is None:
            unknown.append(heading.strip())
        elif column in places:
            first = headings[places[column]].strip()
            raise ImportRefusedError(
                f"“{name}” has two columns for one thing: “{first}” and “{heading.strip()}”. "
                "Delete or rename one."
            )
        else:
            places[column] = place
    _require_columns(places, headings, name)
    return Header(places, tuple(heading[:100] for heading in unknown if heading))


def _require_columns(places: Mapping[str, int], headings: Sequence[str], name: str) -> None:
    missing = [column for column in ("problem", "question", "answer") if column not in places]
    if missing:
        seen = ", ".join(heading.strip()[:50] for heading in headings[:20] if heading.strip())
        raise ImportRefusedError(
            f"The first row of “{name}” must name the columns, among them problem, question and "
            f"answer. Not found: {', '.join(missing)}. It says: {seen or 'nothing'}."
        )


def template() -> bytes:
    """The empty table as CSV with two sample rows, for spreadsheets (UTF-8 with its mark)."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, TEMPLATE_COLUMNS)
    writer.writerow({column: column.replace("_", " ") for column in TEMPLATE_COLUMNS})
    writer.writerows(_SAMPLE_ROWS)
    return file.getvalue().encode("utf-8-sig")

"""``README.md``: the dataset card, with the metadata block that the Hub reads.

The only date in it is the one the release was given.
"""

import re
from collections import Counter
from collections.abc import Mapping

from curation.domain.bundle.canary import canary
from curation.domain.bundle.card_metadata import card_metadata
from curation.domain.bundle.items import BundleDescription
from curation.domain.bundle.tally import Tally

CARD_PATH = "README.md"

_HEADINGS = {
    "speciality": "Specialty",
    "flag_answer_format": "Answer format",
    "flag_image_type": "Image type",
    "flag_cognitive_process": "Cognitive process",
    "flag_rarity": "Rarity",
    "flag_difficulty_llms": "Difficulty",
}

_LOADING = """\
## How to load it

```python
from datasets import load_dataset

rows = load_dataset("path/to/this/folder", split="test")
problems = {}
for row in rows:
    problems.setdefault(row["problem_id"], []).append(row)

*examples, query = next(iter(problems.values()))
print(query["question"], query["answer"], query["image"].size)
```

The columns are those of SMMILE, one row per panel. `order` counts from 0 and the query, the panel
a model must answer, comes last in its problem. `image` is the picture itself; `image_url` and
`parquet_path` are its path in this folder.

Without Parquet: `problems.jsonl` has one problem a line, with accepted variants of the answers and
the alternative text of the images, and `images/` has every image once, named by its SHA-256.
`manifest.json` lists the SHA-256 and size of every other file."""

_TEX_SPECIAL = str.maketrans(
    {
        **{char: f"\\{char}" for char in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


def dataset_card(
    description: BundleDescription, tally: Tally, images: int, images_by_license: Counter[str]
) -> str:
    """The whole card. ``images`` is the number of image files."""
    sections = [
        card_metadata(description, tally.panels),
        f"# {_cell(description.name)} {_cell(description.version)}",
        description.notes.strip(),
        _contents(tally, images),
        _LOADING,
        _review(description),
        _retired(description),
        _left_out(description),
        _licenses(description, images_by_license),
        _citation(description),
        f"## Canary\n\n{canary(description)}",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _contents(tally: Tally, images: int) -> str:
    totals = {"Problems": tally.problems, "Panels (rows)": tally.panels, "Images": images}
    tables = [
        _table(heading, "Problems", tally.terms[column]) for column, heading in _HEADINGS.items()
    ]
    introduction = (
        "Each problem shows a model a few examples (an image, a question and its answer) and then "
        "asks its query about a new image."
    )
    counts = _table("What", "How many", totals, ranked=False)
    return "\n\n".join(["## What is in it", introduction, counts, *tables])


def _review(description: BundleDescription) -> str:
    approvals = description.approvals_required
    people = "1 reviewer" if approvals == 1 else f"{approvals} different reviewers"
    return (
        "## How it was reviewed\n\n"
        f"Medical experts wrote the problems. Each was approved by at least {people}, none of them "
        "its author. Approvals belong to the exact content: `manifest.json` lists the hash of "
        "every approved revision.\n\n"
        f"Released on {description.released_on.isoformat()}."
    )


def _retired(description: BundleDescription) -> str:
    """Nothing where nothing was retired."""
    if not description.retired:
        return ""
    rows = [
        f"| {_cell(each.problem_id)} | {_cell(each.retired_on)} | {_cell(each.reason)} |"
        for each in description.retired
    ]
    introduction = (
        f"Release {_cell(description.last_version)} had these problems. A mistake was found in "
        "them, or they were given up for another reason; results on them should not be compared."
    )
    table = "\n".join(["| Problem | Retired on | Why |", "|---|---|---|", *rows])
    return f"## Retired since the last release\n\n{introduction}\n\n{table}"


def _left_out(description: BundleDescription) -> str:
    """Nothing where nothing was left out."""
    if not description.left_out:
        return ""
    introduction = (
        f"Release {_cell(description.last_version)} had these problems, too. They stand: they were "
        "neither found wrong nor changed, but this release was chosen to be without them."
    )
    names = "\n".join(f"- {_cell(problem)}" for problem in description.left_out)
    return f"## Not in this release\n\n{introduction}\n\n{names}"


def _licenses(description: BundleDescription, images_by_license: Counter[str]) -> str:
    return (
        "## Licenses\n\n"
        f"Questions and answers: {_cell(description.license)}. Every image keeps its own license; "
        "`LICENSES.csv` names it with the source and the attribution that must be given.\n\n"
        + _table("License of images", "Images", images_by_license)
    )


def _citation(description: BundleDescription) -> str:
    year = description.released_on.year
    key = re.sub(r"[^a-z0-9]+", "-", f"{description.name} {description.version}".lower())
    fields = {
        "author": " and ".join(map(_tex, description.authors)),
        "title": f"{{{_tex(description.name)}}}",
        "version": _tex(description.version),
        "year": str(year),
        "url": description.homepage,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    entry = "\n".join([f"@misc{{{key.strip('-')},", *lines, "}"])
    return f"## Citation\n\n```bibtex\n{entry}\n```"


def _table(first: str, second: str, counts: Mapping[str, int], *, ranked: bool = True) -> str:
    # Most frequent first, then by name, so that no order of reading shows.
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0])) if ranked else counts.items()
    lines = [f"| {_cell(name)} | {count:,} |" for name, count in rows]
    return "\n".join([f"| {first} | {second} |", "|---|---:|", *lines])


def _cell(text: str) -> str:
    """One line of Markdown in which no text can end a table cell or begin a tag."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _tex(text: str) -> str:
    return " ".join(text.split()).translate(_TEX_SPECIAL)

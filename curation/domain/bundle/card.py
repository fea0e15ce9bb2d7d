"""``README.md``: the dataset card, with the metadata block that the Hub reads.

The only date in it is the one the release was given.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from curation.domain.bundle.canary import canary
from curation.domain.bundle.card_metadata import card_metadata
from curation.domain.bundle.card_statement import (
    held_out_section,
    limits_section,
    review_section,
)
from curation.domain.bundle.card_tables import cell, ranked, table
from curation.domain.bundle.citation import bibtex
from curation.domain.bundle.items import BundleDescription
from curation.domain.bundle.sets import WrittenSet
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
```

The columns are those of SMMILE, one row per panel. `order` counts from 0 and the query, the panel
a model must answer, comes last in its problem. `image` is the picture itself; `image_url` and
`parquet_path` are its path in this folder. To walk through the problems:

```python
problems = {}
for row in rows:
    problems.setdefault(row["problem_id"], []).append(row)

*examples, query = next(iter(problems.values()))
print(query["question"], query["answer"], query["image"].size)
```

### The permuted set

Each problem that is not reasoning stands in it in min(n!, 24) distinct orders of its n examples,
the query last: `<id>_perm_<k>` with k from 1. `load_dataset("path/to/this/folder", "permuted",
split="test")` has the pictures inside; each is stored once, but unpacked for every row.
`"permuted_by_reference"` has no pictures; its column `row` is the number of the row above that
has it. In three lines:

```python
rows = load_dataset("path/to/this/folder", split="test")
orders = load_dataset("path/to/this/folder", "permuted_by_reference", split="test")
orders.set_transform(lambda batch: batch | {"image": rows[batch["row"]]["image"]})
```

### Without Parquet

`problems.jsonl` has one problem a line, with accepted variants of the answers and the alternative
text of the images, and `images/` has every image once, named by its SHA-256. `problems.csv` and
`panels.csv` are for spreadsheets. `croissant.json` describes all of it for programs.
`manifest.json` lists the SHA-256 and size of every other file.

### Measuring a model

`tasks/lmms_eval` and `tasks/inspect` ask any OpenAI-compatible server, without examples and with
them, and judge by exact match; how to run them stands at the head of their files."""


def dataset_card(
    description: BundleDescription,
    tally: Tally,
    written: Sequence[WrittenSet],
    images_by_license: Counter[str],
    bytes_of: Mapping[str, int],
) -> str:
    """The whole card. ``bytes_of``: path of a written file -> its size."""
    sections = [
        card_metadata(description, written, bytes_of),
        f"# {cell(description.name)} {cell(description.version)}",
        description.notes.strip(),
        _contents(tally, written, sum(path.startswith("images/") for path in bytes_of)),
        _LOADING,
        review_section(description, tally.shortcuts),
        limits_section(description.statement),
        held_out_section(tally.held_out),
        _retired(description),
        _left_out(description),
        _mistakes(description),
        _licenses(description, images_by_license),
        f"## Citation\n\n```bibtex\n{bibtex(description)}\n```",
        f"## Canary\n\n{canary(description)}",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _contents(tally: Tally, written: Sequence[WrittenSet], images: int) -> str:
    plain, permuted, *_ = written
    totals = {
        "Problems": tally.problems,
        "Panels (rows)": plain.rows,
        "Images": images,
        "Problems in the permuted set": permuted.problems,
        "Rows of the permuted set": permuted.rows,
    }
    tables = [
        table([heading, "Problems"], ranked(tally.terms[column]))
        for column, heading in _HEADINGS.items()
    ]
    introduction = (
        "Each problem shows a model a few examples (an image, a question and its answer) and then "
        "asks its query about a new image."
    )
    counts = table(["What", "How many"], [(what, f"{count:,}") for what, count in totals.items()])
    return "\n\n".join(["## What is in it", introduction, counts, *tables])


def _retired(description: BundleDescription) -> str:
    """Nothing where nothing was retired."""
    if not description.retired:
        return ""
    rows = [
        (_of_last(description, each.problem_id), each.retired_on, each.reason)
        for each in description.retired
    ]
    introduction = (
        f"Release {cell(description.last_version)} had these problems. A mistake was found in "
        "them, or they were given up for another reason; results on them should not be compared."
    )
    retired = table(["Problem", "Retired on", "Why"], rows, numbers=0)
    return f"## Retired since the last release\n\n{introduction}\n\n{retired}"


def _left_out(description: BundleDescription) -> str:
    """Nothing where nothing was left out."""
    if not description.left_out:
        return ""
    introduction = (
        f"Release {cell(description.last_version)} had these problems, too. They stand: they were "
        "neither found wrong nor changed, but this release was chosen to be without them."
    )
    names = "\n".join(f"- {cell(_of_last(description, each))}" for each in description.left_out)
    return f"## Not in this release\n\n{introduction}\n\n{names}"


def _of_last(description: BundleDescription, problem_id: str) -> str:
    """The problem's name, with its page in the last release where there is one."""
    page = description.page_of_last(problem_id)
    return f"[{problem_id}]({page})" if page.startswith(("https://", "http://")) else problem_id


def _mistakes(description: BundleDescription) -> str:
    """Nothing where there is nowhere to say it."""
    if not description.homepage:
        return ""
    return (
        "## Mistakes\n\n"
        f"Whoever finds a mistake is asked to say so to those who run {cell(description.homepage)},"
        f" with the problem's id. What became of this release stands at {cell(description.page)}."
    )


def _licenses(description: BundleDescription, images_by_license: Counter[str]) -> str:
    return (
        "## Licenses\n\n"
        f"Questions and answers: {cell(description.license)}. Every image keeps its own license; "
        "`LICENSES.csv` names it with the source and the attribution that must be given.\n\n"
        + table(["License of images", "Images"], ranked(images_by_license))
    )

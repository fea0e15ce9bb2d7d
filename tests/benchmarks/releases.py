"""Writing a release: seconds, rows a second and the memory it takes, beside `datasets.to_parquet`.

Each is done in a process of its own, so that the peak of its memory is its own, too. Pictures are
random bytes: what a writer does with them does not depend on what they show.
"""

import hashlib
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from curation.domain.bundle import BundleDescription, BundleItem, write_bundle
from curation.domain.bundle.rows import panel_rows, permuted_problems
from curation.domain.content import (
    Annotations,
    ImageContent,
    PanelContent,
    PanelRole,
    ProblemContent,
)
from curation.domain.permutations import MOST_ORDERS
from tests.benchmarks.databases import say
from tests.environment import ROOT

MOST_MEGABYTES = 300

_DTYPES = {str: "string", int: "int64", type(None): "string"}
_DESCRIPTION = BundleDescription(
    name="A benchmark",
    version="1.0.0",
    notes="",
    license="CC-BY-4.0",
    homepage="",
    authors=("An author",),
    released_on=date(2026, 1, 1),
    approvals_required=2,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many problems of so many panels, each with a picture of so many bytes."""

    what: str
    problems: int
    panels: int
    picture_bytes: int
    is_permuted: bool = False

    @property
    def rows(self) -> int:
        """Of its largest set."""
        return self.problems * self.panels * (MOST_ORDERS if self.is_permuted else 1)


LOADS = {
    "plain": Load(
        what="5,994 rows of 100 kB pictures", problems=999, panels=6, picture_bytes=100_000
    ),
    "permuted": Load(
        what="50 problems, 6,000 permuted rows of 100 kB pictures",
        problems=50,
        panels=5,
        picture_bytes=100_000,
        is_permuted=True,
    ),
    "many": Load(
        what="100,000 rows of 10 kB pictures", problems=20_000, panels=5, picture_bytes=10_000
    ),
}


class Pictures:
    """A storage of pictures that takes no room: their bytes are made anew each time."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._seeds: dict[str, int] = {}

    def image(self) -> ImageContent:
        """The next picture."""
        seed = len(self._seeds)
        sha256 = hashlib.sha256(self._bytes(seed)).hexdigest()
        self._seeds[sha256] = seed
        return ImageContent(
            sha256=sha256,
            media_type="image/png",
            width=512,
            height=512,
            alt_text="Something.",
            source="A clinic",
            license="CC-BY-4.0",
            attribution="Somebody",
            no_patient_confirmed=True,
        )

    def read(self, sha256: str) -> bytes:
        """Its bytes."""
        return self._bytes(self._seeds[sha256])

    def _bytes(self, seed: int) -> bytes:
        return random.Random(seed).randbytes(self._size)  # noqa: S311 - the same bytes each time


def contents(load: Load, pictures: Pictures) -> Iterator[ProblemContent]:
    """The problems of a load, one after the other."""
    process = "classification" if load.is_permuted else "reasoning"
    roles = [PanelRole.EXAMPLE] * (load.panels - 1) + [PanelRole.QUERY]
    for number in range(load.problems):
        panels = tuple(
            PanelContent(
                role=role,
                question="What does the image show?",
                answer=f"Finding {number}, {place}",
                image=pictures.image(),
            )
            for place, role in enumerate(roles)
        )
        told = Annotations(specialty="radiology", cognitive_process=process)
        yield ProblemContent(problem_id=f"problem-{number}", annotations=told, panels=panels)


def write_ours(load: Load, folder: Path) -> int:
    """All files of the release; how many rows its largest set has."""
    pictures = Pictures(load.picture_bytes)
    items = (
        BundleItem(content=content, revision_sha256=content.sha256())
        for content in contents(load, pictures)
    )
    write_bundle(folder, _DESCRIPTION, items, pictures.read)
    return load.rows


def write_theirs(load: Load, folder: Path) -> int:
    """The rows of the largest set alone, as the datasets library writes them."""
    import datasets  # noqa: PLC0415 heavy, and its memory is not to count as ours

    datasets.disable_progress_bars()

    def made() -> Iterator[dict[str, Any]]:
        pictures = Pictures(load.picture_bytes)
        for row in _rows(load, pictures):
            name = Path(row["image_url"]).name
            image = {"bytes": pictures.read(name.partition(".")[0]), "path": name}
            yield row | {"image": image}

    features = datasets.Features(
        {
            name: datasets.Image() if name == "image" else datasets.Value(_DTYPES[type(value)])
            for name, value in next(made()).items()
        }
    )
    cache = str(folder / "cache")
    rows = datasets.Dataset.from_generator(made, features=features, cache_dir=cache)
    rows.to_parquet(str(folder / "test.parquet"))
    return len(rows)


def _rows(load: Load, pictures: Pictures | None = None) -> Iterator[dict[str, Any]]:
    for content in contents(load, pictures or Pictures(load.picture_bytes)):
        rows = [row for _, row in panel_rows(content)]
        if not load.is_permuted:
            yield from rows
            continue
        for permuted in permuted_problems(content.problem_id, rows, _DESCRIPTION.seed):
            yield from permuted


WRITERS: dict[str, Callable[[Load, Path], int]] = {"ours": write_ours, "theirs": write_theirs}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Seconds of the clock and of this process, rows, bytes of Parquet, megabytes at most."""

    seconds: float
    cpu: float
    rows: int
    parquet_bytes: int
    megabytes: float


def _measure(writer: str, name: str) -> Measured:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        wall, cpu = time.perf_counter(), time.process_time()
        rows = WRITERS[writer](LOADS[name], Path(folder))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        files = _of_interest(Path(folder), LOADS[name])
        size = sum(file.stat().st_size for file in files)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(seconds=wall, cpu=cpu, rows=rows, parquet_bytes=size, megabytes=peak)


def _of_interest(folder: Path, load: Load) -> list[Path]:
    name = "permuted" if load.is_permuted else "data"
    return [*folder.glob(f"{name}/*.parquet"), *folder.glob("test.parquet")]


def _in_a_process(writer: str, name: str) -> Measured:
    command = [sys.executable, "-m", "tests.benchmarks.releases", writer, name]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _tell(what: str, found: Measured) -> None:
    say(
        f"  {what}: {found.seconds:.1f} s ({found.cpu:.1f} s of CPU), "
        f"{found.rows / found.seconds:,.0f} rows/s, {found.parquet_bytes / 1e6:,.1f} MB of "
        f"Parquet, {found.megabytes:.0f} MB of memory at most"
    )


def _compare() -> float:
    largest = 0.0
    for name, load in LOADS.items():
        say(f"{load.what}:")
        ours = _in_a_process("ours", name)
        largest = max(largest, ours.megabytes)
        _tell("a whole release", ours)
        _tell("these rows by datasets.to_parquet", _in_a_process("theirs", name))
    return largest


if __name__ == "__main__":
    if sys.argv[1:]:
        say(json.dumps(asdict(_measure(*sys.argv[1:]))))
    else:
        sys.exit(_compare() > MOST_MEGABYTES)

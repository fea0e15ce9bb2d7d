"""Parquet as SMMILE has it, and `problems.jsonl` of our releases."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from curation.domain.bundle.held_out import public_item
from curation.domain.bundle.items import BundleItem
from curation.domain.bundle.jsonl import problem_line
from curation.domain.content import (
    Annotations,
    ImageContent,
    PanelContent,
    PanelRole,
    ProblemContent,
)
from curation.domain.importing import ImportRefusedError, limited, table_child
from tests.curation.domain.importing.brought import (
    PICTURES,
    Kept,
    archive,
    only,
    parquet,
    reading,
    said,
    smmile_columns,
)

NAMES = list(PICTURES)


def refused(folder: Path, files: dict[str, bytes]) -> str:
    with pytest.raises(ImportRefusedError) as error:
        reading(folder, files)
    return str(error.value)


def test_smmile_s_layout_gives_panels_in_order_with_their_images(tmp_path: Path) -> None:
    kept = Kept()
    problem = only(reading(tmp_path, {"test.parquet": parquet(smmile_columns())}, kept))
    assert [(panel.role, panel.question, panel.answer) for panel in problem.panels] == [
        ("example", "First?", "Yes"),
        ("example", "Second?", "No"),
        ("query", "Query?", "No"),
    ]
    images = [panel.image for panel in problem.panels if panel.image]
    assert [kept[image.key] for image in images] == [PICTURES[name] for name in NAMES]
    assert [image.source for image in images] == [
        f"https://example.org/{number}.png" for number in (1, 2, 3)
    ]
    assert problem.annotations == Annotations(
        specialty="radiology",
        answer_format="binary",
        image_type="xray",
        cognitive_process="classification",
        rarity="common",
    )
    assert said(problem) == []


def test_images_may_be_plain_bytes_or_addresses_which_nobody_fetches(tmp_path: Path) -> None:
    columns = smmile_columns()
    columns["image"] = [picture["bytes"] for picture in columns["image"]]
    problem = only(reading(tmp_path, {"test.parquet": parquet(columns)}))
    assert all(panel.image for panel in problem.panels)
    del columns["image"]
    problem = only(reading(tmp_path, {"test.parquet": parquet(columns)}))
    assert not any(panel.image for panel in problem.panels)
    words = "the image is an address. Addresses are not fetched by an import; bring the image to "
    assert said(problem) == [f"Rows 2, 3, 1: {words}the panel later."]


def test_the_files_of_one_folder_are_one_set(tmp_path: Path) -> None:
    first, second = smmile_columns(), smmile_columns()
    second["problem_id"] = ["q"] * 3
    files = {
        "release/data/test-1.parquet": parquet(second),
        "release/data/test-0.parquet": parquet(first),
        "release/permuted/test-0.parquet": parquet(first),
    }
    found = reading(tmp_path, {"release.zip": archive(files)})
    assert [(problem.name, problem.place) for problem in found.problems] == [
        ("p", "rows 1 to 3"),
        ("q", "rows 4 to 6"),
    ]


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in smmile_columns().items() if key != name}


NOT_TAKEN: Mapping[str, Any] = {
    "no questions": without("question"),
    "two images": pa.Table.from_arrays([pa.array([b"x"])] * 2, ["image", "image"]),
    "answers are lists": without("answer") | {"answer": [["a"], ["b"], ["c"]]},
    "a bomb of rows": {"question": pa.array([None] * 3_000_000, pa.string())},
    "a cell of megabytes": without("question") | {"question": ["x" * 2_000_000] * 3},
    "permuted": smmile_columns()
    | {"original_problem_id": ["a"] * 3, "permutation_number": [1] * 3},
}


@pytest.mark.parametrize("columns", NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_parquet_with_wrong_columns_is_refused(columns: Any, tmp_path: Path) -> None:
    assert "test.parquet" in refused(tmp_path, {"test.parquet": parquet(columns)})


@pytest.mark.parametrize("place", [4, 100, -100, -12])
def test_parquet_that_is_damaged_is_refused(place: int, tmp_path: Path) -> None:
    data = bytearray(parquet(smmile_columns()))
    for offset in range(8):
        data[place + offset] ^= 0xFF
    message = refused(tmp_path, {"test.parquet": bytes(data)})
    assert "“test.parquet” cannot be read" in message


def content(name: str = "p", **changes: Any) -> ProblemContent:
    kept = Kept()
    panels = tuple(
        PanelContent(
            role=PanelRole.QUERY if number == 2 else PanelRole.EXAMPLE,
            question="What is it?",
            answer=f"Answer {number}",
            accepted_variants=("Another",),
            image=ImageContent(
                sha256=kept.keep(PICTURES[picture]),
                media_type="image/png",
                width=48,
                height=48,
                alt_text="A disc",
                source="Made",
                license="CC-BY-4.0",
                attribution="Nobody",
                no_patient_confirmed=True,
            ),
        )
        for number, picture in enumerate(NAMES)
    )
    annotations = Annotations(specialty="radiology", **changes)
    return ProblemContent(problem_id=name, annotations=annotations, panels=panels)


def line(content: ProblemContent) -> bytes:
    item = BundleItem(content=content, revision_sha256=content.sha256())
    return problem_line(public_item(item), "canary").encode()


def images() -> dict[str, bytes]:
    kept = Kept()
    for data in PICTURES.values():
        kept.keep(data)
    return {f"images/{key}.png": data for key, data in kept.items()}


def test_a_line_gives_back_all_that_its_revision_said(tmp_path: Path) -> None:
    files = {"release/problems.jsonl": line(content()), "release/LICENSES.csv": b"x"}
    files |= {f"release/{name}": data for name, data in images().items()}
    problem = only(reading(tmp_path, {"release.zip": archive(files)}))
    assert (problem.name, problem.place, said(problem)) == ("p", "line 1", [])
    assert problem.annotations == content().annotations
    for panel, released in zip(problem.panels, content().panels, strict=True):
        assert (panel.role, panel.question, panel.answer, panel.accepted_variants) == (
            released.role,
            released.question,
            released.answer,
            released.accepted_variants,
        )
        assert panel.image is not None
        assert released.image is not None
        facts = (panel.image.key, panel.image.alt_text, panel.image.license, panel.image.source)
        assert facts == (released.image.sha256, "A disc", "CC-BY-4.0", "Made")


def test_an_image_that_is_not_the_released_one_is_left_open(tmp_path: Path) -> None:
    changed = images()
    first, second, _ = changed
    changed[first], changed[second] = changed[second], b"x"
    files = {"problems.jsonl": line(content()), "images.zip": archive(changed)}
    problem = only(reading(tmp_path, files))
    assert [panel.image is None for panel in problem.panels] == [True, True, False]
    assert "Line 1, example 1: the image is not the one that was released" in said(problem)[0]


BAD_LINES = {
    "changed": line(content()).replace(b"Answer 1", b"Answer 9"),
    "not JSON": b"{",
    "not a problem": b"[1, 2]",
    "nested": b"[" * 100_000,
    "not UTF-8": b"\xff\xfe",
    "half a character": line(content()).replace(b"Answer 1", b"\\ud800"),
    "no image": line(content()).replace(b'"media_type"', b'"kind"'),
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_refused_and_the_others_are_not(bad: bytes, tmp_path: Path) -> None:
    data = bad.rstrip(b"\n") + b"\n\n" + line(content("q"))
    first, second = reading(tmp_path, {"problems.jsonl": data, "i.zip": archive(images())}).problems
    assert first.is_refused
    assert (second.name, second.place, second.is_refused) == ("q", "line 3", False)


def test_a_problem_of_wrong_types_is_refused_although_its_hash_fits(tmp_path: Path) -> None:
    wrong = content(rarity=["rare"])
    assert only(reading(tmp_path, {"problems.jsonl": line(wrong)})).is_refused


def test_an_endless_line_is_refused(tmp_path: Path) -> None:
    assert "longer than 1 MB" in refused(tmp_path, {"problems.jsonl": b"x" * 2_000_000})


SAY = "def say(a, b): sys.stdout.buffer.write(a + len(b).to_bytes(8) + b)"


@pytest.mark.parametrize(
    "program",
    [
        "os.kill(os.getpid(), 9)",
        "pass",
        "print('no frames')",
        "say(b'R', b'[1]')",
        "say(b'R', b'{}'); say(b'E', b'')",
        "say(b'R', b'[' * 200_000); say(b'E', b'')",
        "sys.stdout.buffer.write(b'R' + b'\\x7f' * 8)",
        "sys.stdout.buffer.write(b'I' + b'\\0' * 7 + b'\\x09abc')",
        "time.sleep(60)",
    ],
)
def test_a_child_gone_wrong_is_a_refusal(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text(f"import os, sys, time\n{SAY}\n{program}\n")
    monkeypatch.setattr(limited, "_CHILD", child)
    monkeypatch.setattr(limited, "_DEADLINE_SECONDS", {"parquet": 0.5})
    assert "“p.parquet” cannot be read" in refused(tmp_path, {"p.parquet": b"PAR1"})


def test_a_child_that_sends_more_text_than_a_table_has_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    loop = 'while True: say(b"R", b\'["\' + b"x" * 900_000 + b\'"]\')'
    child.write_text(f"import sys\n{SAY}\n{loop}\n")
    monkeypatch.setattr(limited, "_CHILD", child)
    assert "holds too much" in refused(tmp_path, {"p.parquet": b"PAR1"})


def test_the_child_knows_no_secret_of_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text(f"import os, sys\n{SAY}\nsay(b'X', repr(dict(os.environ)).encode())\n")
    monkeypatch.setattr(limited, "_CHILD", child)
    monkeypatch.setenv("SECRET_KEY", "not for readers of tables")
    words = refused(tmp_path, {"p.parquet": b"PAR1"})
    assert "ARROW_DEFAULT_MEMORY_POOL" in words
    assert "SECRET_KEY" not in words


@pytest.mark.parametrize(
    ("deed", "error"),
    [
        ("bytearray(2_000_000_000)", "MemoryError"),
        ("open(sys.argv[1], 'wb', buffering=0).write(b'x')", "File too large"),
        ("[open(sys.executable) for _ in range(80)]", "Too many open files"),
    ],
)
def test_the_child_cannot(deed: str, error: str, tmp_path: Path) -> None:
    limit = "import runpy, sys; runpy.run_path(sys.argv[2])['limit_resources']('parquet')"
    ended = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            f"{limit}; {deed}",
            str(tmp_path / "new"),
            table_child.__file__,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert error in ended.stderr

import dataclasses
import hashlib
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from curation.domain.bundle import (
    AgreementLine,
    BaselineLine,
    BundleDescription,
    DataStatement,
    ManifestError,
    RetiredProblem,
    read_manifest,
    verify_manifest,
    write_bundle,
)

from .conftest import Studio, WriteBundle


@pytest.fixture
def bundle(studio: Studio, write: WriteBundle, folder: Path) -> Path:
    write([studio.problem(2), studio.problem(1)])
    return folder


def edit(folder: Path, before: str, after: str) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace(before, after))


def test_the_manifest_lists_every_other_file_with_its_true_hash_and_size(bundle: Path) -> None:
    document = json.loads((bundle / "manifest.json").read_text())

    expected = [
        {
            "path": path.relative_to(bundle).as_posix(),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "size": path.stat().st_size,
            "crc32": zlib.crc32(path.read_bytes()),
        }
        for path in bundle.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    ]
    assert document["files"] == sorted(expected, key=lambda file: str(file["path"]))
    assert document["schema"] == 2


def test_the_manifest_lists_the_revisions_in_the_order_of_the_release(
    bundle: Path, studio: Studio
) -> None:
    assert json.loads((bundle / "manifest.json").read_text())["revisions"] == [
        {
            "problem_id": f"problem-{number}",
            "revision_sha256": studio.problem(number).revision_sha256,
            "is_held_out": False,
        }
        for number in (2, 1)
    ]


def test_a_bundle_as_written_has_nothing_wrong(bundle: Path) -> None:
    assert verify_manifest(bundle) == []


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda folder: (folder / "README.md").unlink(), "README.md is missing."),
        (
            lambda folder: (folder / "problems.jsonl").write_bytes(
                (folder / "problems.jsonl").read_bytes().replace(b"Color 1", b"Color 7")
            ),
            "problems.jsonl has another content than listed",
        ),
        (lambda folder: (folder / "LICENSES.csv").write_bytes(b"x"), "LICENSES.csv has 1 bytes"),
        (lambda folder: (folder / "new.txt").touch(), "new.txt is not listed"),
        (lambda folder: (folder / "manifest.json").unlink(), "manifest.json is missing"),
        (
            lambda folder: (folder / "manifest.json").write_bytes(b"[]"),
            "manifest.json cannot be read",
        ),
        (lambda folder: edit(folder, '"schema": 2', '"schema": 3'), "manifest.json cannot be read"),
    ],
)
def test_whatever_is_wrong_is_said_in_words(
    bundle: Path, harm: Callable[[Path], object], words: str
) -> None:
    harm(bundle)

    (problem,) = verify_manifest(bundle)
    assert problem.startswith(words)


def test_a_task_that_was_run_where_it_stands_leaves_the_bundle_whole(bundle: Path) -> None:
    compiled = bundle / "tasks/__pycache__"
    compiled.mkdir(parents=True)
    (compiled / "task.cpython-313.pyc").touch()

    assert verify_manifest(bundle) == []


@pytest.mark.parametrize("outside", ["../secret", "/etc/hostname"])
def test_a_manifest_cannot_have_files_outside_the_bundle_read(bundle: Path, outside: str) -> None:
    edit(bundle, '"README.md"', json.dumps(outside))

    assert verify_manifest(bundle) == [
        f"{outside} is listed but lies outside the bundle.",
        "README.md is not listed in the manifest.",
    ]


def test_a_crc_that_is_not_that_of_the_file_is_found(bundle: Path) -> None:
    crc32 = zlib.crc32((bundle / "README.md").read_bytes())
    edit(bundle, f'"crc32": {crc32}', f'"crc32": {crc32 ^ 1}')

    (problem,) = verify_manifest(bundle)
    assert problem.startswith("README.md has another content than listed")


def test_the_manifest_gives_the_whole_description_back_so_that_others_write_the_same_files(
    studio: Studio, description: BundleDescription, tmp_path: Path
) -> None:
    told = dataclasses.replace(
        description,
        last_version="1.1.0",
        retired=(RetiredProblem(problem_id="p", retired_on="2026-03-01", reason="Wrong."),),
        seed=7,
        statement=DataStatement(
            authors_count=11,
            agreement=(AgreementLine(what="the verdict", kappa=0.5, low=0.25, high=0.75),),
            human_baseline=(BaselineLine(shots="0-shot", k=3, n=4),),
            limits="Few problems.",
        ),
    )
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    items = [studio.problem(1), studio.problem(2)]
    files = write_bundle(tmp_path / "one", told, items, studio.read)
    read = read_manifest(tmp_path / "one")

    assert read.description == told
    assert write_bundle(tmp_path / "other", read.description, items, studio.read) == files
    assert [file for file in files if file.path != "manifest.json"] == list(read.files)


def test_what_is_no_manifest_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(ManifestError, match="download it again"):
        read_manifest(tmp_path)

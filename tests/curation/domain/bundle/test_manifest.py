import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from curation.domain.bundle import verify_manifest

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
        }
        for path in bundle.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    ]
    assert document["files"] == sorted(expected, key=lambda file: str(file["path"]))
    assert (document["schema"], document["version"]) == (1, "1.2.0")
    assert document["released_on"] == "2026-03-14"


def test_the_manifest_lists_the_revisions_in_the_order_of_the_release(
    bundle: Path, studio: Studio
) -> None:
    assert json.loads((bundle / "manifest.json").read_text())["revisions"] == [
        {"problem_id": f"problem-{number}", "sha256": studio.problem(number).revision_sha256}
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
        (lambda folder: edit(folder, '"schema": 1', '"schema": 2'), "manifest.json cannot be read"),
    ],
)
def test_whatever_is_wrong_is_said_in_words(
    bundle: Path, harm: Callable[[Path], object], words: str
) -> None:
    harm(bundle)

    (problem,) = verify_manifest(bundle)
    assert problem.startswith(words)


@pytest.mark.parametrize("outside", ["../secret", "/etc/hostname"])
def test_a_manifest_cannot_have_files_outside_the_bundle_read(bundle: Path, outside: str) -> None:
    edit(bundle, '"README.md"', json.dumps(outside))

    assert verify_manifest(bundle) == [
        f"{outside} is listed but lies outside the bundle.",
        "README.md is not listed in the manifest.",
    ]

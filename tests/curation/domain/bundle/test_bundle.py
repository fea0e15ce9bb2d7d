import dataclasses
import hashlib
import json
import unicodedata
import zlib
from pathlib import Path
from typing import Any

import pytest

from curation.domain.bundle import (
    BundleDescription,
    BundleItem,
    DamagedImageError,
    verify_manifest,
    write_bundle,
)
from curation.domain.bundle.errors import (
    ChangedRevisionError,
    RepeatedProblemError,
    UnfinishedProblemError,
    UnsupportedImageError,
)
from curation.domain.content import PanelRole, ProblemContent

from .conftest import Studio, WriteBundle, picture


def all_bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def changed(item: BundleItem, **changes: Any) -> BundleItem:
    """The item with another first panel, hashed anew."""
    first, *others = item.content.panels
    panels = (dataclasses.replace(first, **changes), *others)
    content = dataclasses.replace(item.content, panels=panels)
    return BundleItem(content=content, revision_sha256=content.sha256())


def test_two_exports_of_one_content_are_the_same_bytes(
    studio: Studio, write: WriteBundle, folder: Path, tmp_path: Path
) -> None:
    items = [studio.problem(number) for number in range(60)]
    other = tmp_path / "other"
    other.mkdir()

    assert write(items) == write(iter(items), other)
    assert all_bytes(folder) == all_bytes(other)


def test_contents_of_one_hash_give_the_same_bytes(
    studio: Studio, write: WriteBundle, folder: Path, tmp_path: Path
) -> None:
    composed = studio.problem(1, text="größer, Ménière")
    decomposed = studio.problem(1, text=unicodedata.normalize("NFD", "größer, Ménière"))
    other = tmp_path / "other"
    other.mkdir()
    assert composed != decomposed

    write([composed])
    write([decomposed], other)

    assert all_bytes(folder) == all_bytes(other)


def test_a_bundle_has_the_promised_files_and_reports_them_truly(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    files = write([studio.problem(1, panels=2)])

    found = all_bytes(folder)
    assert [file.path for file in files] == sorted(found)
    assert set(found) - {path for path in found if path.startswith("images/")} == {
        "CITATION.cff",
        "LICENSES.csv",
        "README.md",
        "croissant.json",
        "data/test-00000-of-00001.parquet",
        "manifest.json",
        "panels.csv",
        "permuted/test-00000-of-00001.parquet",
        "permuted_by_reference/test-00000-of-00001.parquet",
        "problems.csv",
        "problems.jsonl",
        "tasks/inspect/task.py",
        "tasks/lmms_eval/in_context.yaml",
        "tasks/lmms_eval/utils.py",
        "tasks/lmms_eval/zero_shot.yaml",
    }
    for file in files:
        assert file.sha256 == hashlib.sha256(found[file.path]).hexdigest()
        assert file.size == len(found[file.path])
        assert file.crc32 == zlib.crc32(found[file.path])


def test_an_image_used_in_two_problems_is_written_once(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    shared, other = studio.image(picture(1)), studio.image(picture(2))
    write([studio.item("a", [shared, other]), studio.item("b", [other, shared])])

    stored = {path.name: path.read_bytes() for path in (folder / "images").iterdir()}
    assert stored == {f"{name}.png": studio.stored[name] for name in (shared.sha256, other.sha256)}
    assert len((folder / "LICENSES.csv").read_text().splitlines()) == 3


def test_an_image_whose_bytes_changed_is_refused_by_name(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    image = studio.image(picture(1))
    item = studio.item("p", [image, studio.image(picture(2))])
    studio.stored[image.sha256] = picture(3)

    with pytest.raises(DamagedImageError, match=rf"{image.sha256} has changed.*from a backup"):
        write([item])
    assert verify_manifest(folder)[0].startswith("manifest.json is missing")
    assert not list((folder / "images").iterdir())


def test_an_image_that_is_gone_is_refused_by_name(
    studio: Studio, description: BundleDescription, folder: Path, tmp_path: Path
) -> None:
    item = studio.problem(1)

    with pytest.raises(DamagedImageError, match=f"{item.content.images[0].sha256} is missing"):
        write_bundle(folder, description, [item], lambda name: (tmp_path / name).read_bytes())


def test_content_that_is_not_what_was_approved_is_refused(
    studio: Studio, write: WriteBundle
) -> None:
    item = dataclasses.replace(studio.problem(1), revision_sha256=studio.problem(2).revision_sha256)

    with pytest.raises(ChangedRevisionError, match="problem-1"):
        write([item])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"image": None}, "a panel without an image"),
        ({"role": PanelRole.QUERY}, "2 queries, not one"),
    ],
)
def test_an_unfinished_problem_is_refused(
    studio: Studio, write: WriteBundle, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnfinishedProblemError, match=f"problem-1 has {words}"):
        write([changed(studio.problem(1), **changes)])


def test_a_problem_listed_twice_is_refused(studio: Studio, write: WriteBundle) -> None:
    with pytest.raises(RepeatedProblemError, match="problem-1 is listed twice"):
        write([studio.problem(1), studio.problem(1, text="again")])


def test_an_image_type_that_releases_do_not_carry_is_refused(
    studio: Studio, write: WriteBundle
) -> None:
    webp = studio.image(picture(1, "image/webp"), media_type="image/webp")

    with pytest.raises(UnsupportedImageError, match=r"image/webp.*PNG and JPEG"):
        write([studio.item("p", [webp, studio.image(picture(2))])])


def test_the_canary_is_in_every_file_of_content_and_follows_the_version(
    studio: Studio, write: WriteBundle, description: BundleDescription, folder: Path, tmp_path: Path
) -> None:
    write([studio.problem(1), studio.problem(2)])
    other = tmp_path / "other"
    other.mkdir()
    write_bundle(other, dataclasses.replace(description, version="2"), [], studio.read)

    found = all_bytes(folder)
    mark = json.loads(found["manifest.json"])["canary"]
    assert mark != json.loads((other / "manifest.json").read_text())["canary"]
    silent = {path for path, content in found.items() if mark.encode() not in content}
    assert {path.partition("/")[0] for path in silent} == {"images"}  # pictures say nothing
    assert all(mark in line for line in (folder / "problems.jsonl").read_text().splitlines())


def test_a_problem_that_fails_late_leaves_no_manifest(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    bad: ProblemContent = dataclasses.replace(studio.problem(2).content, panels=())
    items = [studio.problem(1), BundleItem(content=bad, revision_sha256=bad.sha256())]

    with pytest.raises(UnfinishedProblemError):
        write(items)
    assert not (folder / "manifest.json").exists()

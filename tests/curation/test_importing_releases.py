"""A release that was made elsewhere becomes one here, by an editor's signature and no other way."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from curation.domain.bundle import read_manifest, verify_manifest
from curation.domain.content import ProblemContent
from curation.exporting import export_release
from curation.models import (
    CoveredRevision,
    HistoryEntry,
    Image,
    Notice,
    Problem,
    Provenance,
    Release,
    Review,
    Specialty,
    StatusChange,
    What,
)
from curation.releases import cut_release
from curation.verifying import verify_history
from curation.workflow import retire
from tests.curation.foreign import DESCRIPTION, Studio, jpeg_bytes, with_query, write_smmile
from tests.curation.invariants import broken_invariants
from tests.environment import ROOT
from tests.factories import make_editor, make_person, png_bytes

pytestmark = pytest.mark.django_db

_SMMILE = ROOT.parent / "shared/data/smmile/problems.jsonl"


@pytest.fixture
def studio() -> Studio:
    return Studio()


def _run(folder: Path, *, version: str = "2.3.0", by: str = "", **options: Any) -> str:
    """What the command says."""
    said = StringIO()
    by = by or make_editor().email
    call_command("import_release", str(folder), version=version, by=by, stdout=said, **options)
    return said.getvalue()


def _refused(folder: Path, **options: Any) -> str:
    with pytest.raises(CommandError) as error:
        _run(folder, **options)
    assert _is_nothing_there()
    return str(error.value)


def _is_nothing_there() -> bool:
    kinds = (Problem, Release, Provenance, Image, StatusChange)
    return not any(kind.objects.exists() for kind in kinds)


def _same_files(one: Path, other: Path) -> set[str]:
    """The files of the data, equal to the byte in both."""
    wanted = ("data", "permuted", "permuted_by_reference", "images", "problems.jsonl")

    def bytes_of(folder: Path) -> dict[str, bytes]:
        files = (path for path in folder.rglob("*") if path.is_file())
        named = {path.relative_to(folder).as_posix(): path for path in files}
        return {n: p.read_bytes() for n, p in named.items() if n.split("/")[0] in wanted}

    assert bytes_of(one) == bytes_of(other)
    return {name.split("/")[0] for name in bytes_of(one)}


def test_an_imported_release_is_a_draft_with_the_same_revisions_and_the_same_bytes(
    studio: Studio, tmp_path: Path
) -> None:
    contents = [studio.problem(number) for number in range(3)]
    folder = studio.write(tmp_path / "far", contents)
    said = _run(folder)
    release = Release.objects.get()
    assert "3 new, 0 here already, 0 left out" in said
    assert "a draft: look at it, then publish it" in said
    assert (release.is_draft, release.is_ready, release.seed) == (True, True, 7)
    assert [item.revision.sha256 for item in release.items.all()] == [
        content.sha256() for content in contents
    ]
    (tmp_path / "again").mkdir()
    export_release(release, tmp_path / "again")
    assert len(_same_files(folder, tmp_path / "again")) == 5
    again = read_manifest(tmp_path / "again").description
    assert again.released_on == DESCRIPTION.released_on
    assert (again.name, again.authors, again.statement) == (
        DESCRIPTION.name,
        DESCRIPTION.authors,
        DESCRIPTION.statement,
    )
    card = (tmp_path / "again/README.md").read_text()
    assert "3 problems were imported from A far benchmark 2.3.0 by Ada Far, Ben Away" in card


def test_under_another_version_the_data_stays_the_same_to_the_canary(
    studio: Studio, tmp_path: Path
) -> None:
    folder = studio.write(tmp_path / "far", [studio.problem(1)])
    _run(folder, version="1.0.0")
    (tmp_path / "again").mkdir()
    export_release(Release.objects.get(), tmp_path / "again")
    _same_files(folder, tmp_path / "again")
    again = read_manifest(tmp_path / "again").description
    assert (again.version, again.page) == ("1.0.0", f"{settings.SITE_URL}/releases/1.0.0/")


def test_it_is_for_everybody_unless_it_is_kept_for_those_who_sign_in(
    studio: Studio, tmp_path: Path
) -> None:
    folder = studio.write(tmp_path / "far", [studio.problem(1)])
    _run(folder, version="2.3.0", public=False, publish=True)
    _run(folder, version="2.4.0", publish=True)
    found = {release.version: release.is_public for release in Release.objects.all()}
    assert found == {"2.3.0": False, "2.4.0": True}


def test_the_signature_is_kept_and_the_history_tells_of_it(studio: Studio, tmp_path: Path) -> None:
    editor = make_editor()
    folder = studio.write(tmp_path / "far", [studio.problem(1), studio.problem(2)])
    _run(folder, by=editor.email, publish=True)
    provenance = Provenance.objects.get()
    manifest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert (provenance.imported_by, provenance.version) == (editor, "2.3.0")
    assert (str(provenance), provenance.manifest_sha256) == ("A far benchmark 2.3.0", manifest)
    assert provenance.origin_authors == ["Ada Far", "Ben Away"]
    assert provenance.revisions.count() == 2
    moves = StatusChange.objects.filter(move="import")
    assert {(c.old, c.new, c.changed_by, manifest in c.comment) for c in moves} == {
        ("draft", "approved", editor, True)
    }
    entry = HistoryEntry.objects.get(what=What.RELEASE_IMPORTED)
    assert (entry.person, entry.details["manifest_sha256"]) == (editor, manifest)
    assert verify_history().number
    assert not Review.objects.exists()
    assert {problem.status for problem in Problem.objects.all()} == {"published"}
    assert Release.objects.get().stage == "published"
    assert broken_invariants() == {}


def test_nobody_is_told_of_problems_that_nobody_here_wrote(studio: Studio, tmp_path: Path) -> None:
    editor = make_editor()
    _run(studio.write(tmp_path / "far", [studio.problem(1)]), by=editor.email)
    assert {notice.kind for notice in Notice.objects.all()} <= {"release_ready"}


def test_it_can_be_imported_twice_and_its_problems_are_those_that_are_here(
    studio: Studio, tmp_path: Path
) -> None:
    folder = studio.write(tmp_path / "far", [studio.problem(1), studio.problem(2)])
    _run(folder, version="1.0.0", publish=True)
    said = _run(folder, version="1.1.0", publish=True)
    assert "0 new, 2 here already, 0 left out" in said
    first, second = Release.objects.order_by("pk")
    lists = [list(each.items.values_list("revision", flat=True)) for each in (first, second)]
    assert lists[0] == lists[1]
    assert Problem.objects.count() == 2


def test_what_was_imported_is_in_the_next_release_too(studio: Studio, tmp_path: Path) -> None:
    editor = make_editor()
    _run(studio.write(tmp_path / "far", [studio.problem(1)]), version="1.0.0", publish=True)
    release = cut_release("1.1.0", notes="", by=editor)
    assert release.items.count() == 1
    assert release.card["authors"] == ["Ada Far", "Ben Away"]
    (imported,) = release.card["imported"]
    assert (imported["name"], imported["version"], imported["problems"]) == (
        "A far benchmark",
        "2.3.0",
        1,
    )


def test_another_content_under_the_same_id_stops_the_import(studio: Studio, tmp_path: Path) -> None:
    content = studio.problem(1)
    _run(studio.write(tmp_path / "far", [content]), version="1.0.0", publish=True)
    changed = with_query(content, lambda query: replace(query, question="And this?"))
    folder = studio.write(tmp_path / "changed", [changed, studio.problem(2)])
    with pytest.raises(CommandError, match="is here already with another content"):
        _run(folder, version="1.1.0")
    assert Problem.objects.count() == 1


def test_what_was_retired_here_is_left_out_by_name(studio: Studio, tmp_path: Path) -> None:
    contents = [studio.problem(1), studio.problem(2)]
    folder = studio.write(tmp_path / "far", contents)
    _run(folder, version="1.0.0", publish=True)
    retire(Problem.objects.get(pk=contents[0].problem_id), by=make_editor(), comment="Wrong.")
    said = _run(folder, version="1.1.0")
    assert f"{contents[0].problem_id}: It was retired here. Left out." in said
    assert Release.objects.get(version="1.1.0").items.count() == 1


def test_held_out_problems_are_left_out_by_name(studio: Studio, tmp_path: Path) -> None:
    contents = [studio.problem(1), studio.problem(2)]
    held_out = contents[1].problem_id
    folder = studio.write(tmp_path / "far", contents, held_out=frozenset({held_out}))
    said = _run(folder)
    assert f"{held_out}: Its answer is held out" in said
    assert [str(problem.pk) for problem in Problem.objects.all()] == [contents[0].problem_id]


def test_looking_writes_nothing(studio: Studio, tmp_path: Path) -> None:
    image = studio.image(png_bytes(1_000_003))  # in no other test
    asked = replace(studio.problem(1).query, question="Which?", image=image)
    content = with_query(studio.problem(1), lambda _: asked)
    said = _run(studio.write(tmp_path / "far", [content]), dry_run=True)
    assert "1 new" in said
    assert "(warning)" in said
    assert "Nothing was imported." in said
    assert _is_nothing_there()
    stored = Image(sha256=image.sha256, media_type="image/png")
    assert not storages["images"].exists(stored.storage_name)


@pytest.mark.parametrize("role", ["is_author", "is_reviewer", "is_staff"])
def test_only_an_editor_signs(role: str, studio: Studio, tmp_path: Path) -> None:
    person = make_person("someone@example.org", **{role: True})
    folder = studio.write(tmp_path / "far", [studio.problem(1)])
    assert "is not an editor here" in _refused(folder, by=person.email)


def _append(path: Path, data: bytes) -> None:
    path.write_bytes(path.read_bytes() + data)


def _relist(folder: Path, old: str, new: str) -> None:
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda f: _append(f / "problems.jsonl", b"\n"), "problems.jsonl has"),
        (lambda f: _append(next((f / "images").iterdir()), b"x"), "images/"),
        (lambda f: next((f / "images").iterdir()).unlink(), "is missing"),
        (lambda f: (f / "more.txt").write_text("x"), "more.txt is not listed"),
        (lambda f: (f / "manifest.json").unlink(), "manifest.json is missing"),
        (lambda f: (f / "manifest.json").write_text("{"), "manifest.json cannot be read"),
        (lambda f: (f / "link").symlink_to(f / "README.md"), "is a link"),
    ],
)
def test_a_folder_that_is_not_what_its_manifest_says_is_refused(
    harm: Callable[[Path], object], words: str, studio: Studio, tmp_path: Path
) -> None:
    folder = studio.write(tmp_path / "far", [studio.problem(1)])
    harm(folder)
    assert words in _refused(folder)


def test_a_revision_that_the_manifest_does_not_list_is_refused(
    studio: Studio, tmp_path: Path
) -> None:
    content = studio.problem(1)
    folder = studio.write(tmp_path / "far", [content])
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["revisions"][0]["revision_sha256"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "is not the revision that the manifest lists" in _refused(folder)


def _with_text(data: bytes) -> bytes:
    told = PngInfo()
    told.add_text("Patient", "Jane Roe")
    buffer = BytesIO()
    with Pillow.open(BytesIO(data)) as picture:
        picture.save(buffer, "PNG", pnginfo=told)
    return buffer.getvalue()


def _with_exif(data: bytes) -> bytes:
    exif = Pillow.Exif()
    exif[0x010E] = "Jane Roe"
    buffer = BytesIO()
    with Pillow.open(BytesIO(data)) as picture:
        picture.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        _with_text(png_bytes(1)),
        png_bytes(1) + b"Jane Roe",
        _with_exif(jpeg_bytes(1)),
        jpeg_bytes(1) + b"Jane Roe",
    ],
    ids=["text in a PNG", "behind a PNG", "Exif", "behind a JPEG"],
)
def test_a_picture_with_more_than_pixels_keeps_its_problem_out(
    data: bytes, studio: Studio, tmp_path: Path
) -> None:
    image = studio.image(data)
    hidden = with_query(studio.problem(1), lambda query: replace(query, image=image))
    folder = studio.write(tmp_path / "far", [hidden, studio.problem(2)])
    said = _run(folder, with_errors=True)
    assert f"Image {image.sha256} is refused" in said
    assert Problem.objects.count() == 1
    assert not storages["images"].exists(Image(sha256=image.sha256).storage_name)


def test_a_picture_that_does_not_decode_keeps_its_problem_out(
    studio: Studio, tmp_path: Path
) -> None:
    whole = jpeg_bytes(1)
    image = studio.image(whole)
    table = whole.index(b"\xff\xc4") + 5
    broken = whole[:table] + b"\xff" * 16 + whole[table + 16 :]
    sha256 = hashlib.sha256(broken).hexdigest()
    studio.stored[sha256] = broken
    content = with_query(
        studio.problem(1), lambda query: replace(query, image=replace(image, sha256=sha256))
    )
    folder = studio.write(tmp_path / "far", [content, studio.problem(2)])
    assert f"Image {sha256} is refused" in _run(folder)
    assert Problem.objects.count() == 1


def _without_variety(content: ProblemContent) -> ProblemContent:
    return replace(content, panels=tuple(replace(p, answer="Yes") for p in content.panels))


def test_what_the_rules_call_an_error_is_left_out_unless_the_editor_signs_for_it(
    studio: Studio, tmp_path: Path
) -> None:
    flawed = _without_variety(studio.problem(1))
    folder = studio.write(tmp_path / "far", [flawed, studio.problem(2)])
    said = _run(folder, dry_run=True)
    assert f"{flawed.problem_id}: Left out." in said
    _run(folder, with_errors=True, publish=True)
    covered = CoveredRevision.objects.get(revision__sha256=flawed.sha256())
    assert covered.accepted_errors == ["answers_all_the_same"]
    assert Release.objects.get().items.count() == 2


@pytest.mark.parametrize("fact", ["source", "license", "attribution"])
def test_no_signature_brings_in_an_image_that_is_not_cleared(
    fact: str, studio: Studio, tmp_path: Path
) -> None:
    bare = studio.image(png_bytes(1), **{fact: ""})
    content = with_query(studio.problem(1), lambda query: replace(query, image=bare))
    folder = studio.write(tmp_path / "far", [content])
    assert "no problem in it that can be released" in _refused(folder, with_errors=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: replace(content, problem_id="SMM-1"), "no UUID"),
        (
            lambda content: replace(
                content, annotations=replace(content.annotations, rarity="legendary")
            ),
            "is no known rarity",
        ),
        (
            lambda content: with_query(content, lambda query: replace(query, answer="a\0b")),
            "characters that are no text",
        ),
    ],
)
def test_what_no_row_can_hold_is_left_out(
    change: Callable[[ProblemContent], ProblemContent],
    words: str,
    studio: Studio,
    tmp_path: Path,
) -> None:
    folder = studio.write(tmp_path / "far", [change(studio.problem(1)), studio.problem(2)])
    assert words in _run(folder, with_errors=True)
    assert Problem.objects.count() == 1


def test_a_specialty_that_is_new_here_is_added(studio: Studio, tmp_path: Path) -> None:
    content = studio.problem(1)
    rare = replace(content, annotations=replace(content.annotations, specialty="hand_surgery"))
    _run(studio.write(tmp_path / "far", [rare]))
    assert Specialty.objects.filter(slug="hand_surgery").exists()


@pytest.mark.parametrize("version", ["1", "0.9.0"])
def test_a_version_that_cannot_be_is_refused_before_anything_is_looked_at(
    version: str, studio: Studio, tmp_path: Path
) -> None:
    folder = studio.write(tmp_path / "far", [studio.problem(1)])
    _run(folder, version="1.0.0", publish=True)
    with pytest.raises(CommandError, match="version"):
        _run(folder, version=version)


def test_while_there_is_a_draft_nothing_is_imported(studio: Studio, tmp_path: Path) -> None:
    folder = studio.write(tmp_path / "far", [studio.problem(1)])
    _run(folder, version="1.0.0")
    with pytest.raises(CommandError, match="is still a draft"):
        _run(folder, version="1.1.0")


def test_the_database_takes_no_signature_of_who_is_no_editor() -> None:
    with pytest.raises(IntegrityError, match="Only an editor"), transaction.atomic():
        Provenance.objects.create(
            imported_by=make_person(is_author=True),
            version="1.0.0",
            origin_name="Mine",
            manifest_sha256="0" * 64,
            has_manifest=False,
        )


def _smmile_problems(count: int) -> list[dict[str, object]]:
    if not _SMMILE.exists():
        pytest.skip(f"{_SMMILE} is not here")
    lines = _SMMILE.read_text().splitlines()[:count]
    return [json.loads(line) for line in lines]


_SIGNED: dict[str, Any] = {
    "name": "SMMILE",
    "license": "CC-BY-4.0",
    "attribution": "The authors of SMMILE",
    "source": "SMMILE",
    "confirm_no_patient": True,
}


def test_a_folder_in_smmile_s_layout_is_imported_with_findings(tmp_path: Path) -> None:
    folder = write_smmile(tmp_path / "smmile", _smmile_problems(8))
    said = _run(folder, version="1.0.0", publish=True, with_errors=True, **_SIGNED)
    assert "There is no manifest.json" in said
    provenance = Provenance.objects.get()
    assert (provenance.has_manifest, provenance.no_patient_confirmed) == (False, True)
    release = Release.objects.get()
    assert release.stage == "published"
    assert release.items.count() > 4
    again = tmp_path / "again"
    again.mkdir()
    export_release(release, again)
    assert verify_manifest(again) == []
    assert "Nothing is known of how it was reviewed." in (again / "README.md").read_text()
    assert broken_invariants() == {}


def test_what_smmile_s_layout_does_not_say_keeps_all_out(tmp_path: Path) -> None:
    folder = write_smmile(tmp_path / "smmile", _smmile_problems(2))
    said = _run(folder, dry_run=True)
    for missing in ("license of the image", "no patient can be identified", "comes from"):
        assert missing in said
    assert "2 left out" in said
    assert "no problem in it" in _refused(folder, with_errors=True)


def test_the_ids_of_smmile_s_layout_are_the_same_everywhere(tmp_path: Path) -> None:
    folder = write_smmile(tmp_path / "smmile", _smmile_problems(2))
    said = [_run(folder, dry_run=True, **_SIGNED) for _ in range(2)]
    assert said[0] == said[1]
    _run(folder, version="1.0.0", publish=True, with_errors=True, **_SIGNED)
    again = _run(folder, dry_run=True, with_errors=True, **_SIGNED)
    assert "0 new" in again

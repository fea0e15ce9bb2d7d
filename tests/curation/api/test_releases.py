"""Releases by the API: who reads which, what is withheld, and what editors do."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from curation import workflow
from curation.domain.bundle.held_out import commitment
from curation.domain.bundle.images import image_file
from curation.models import Problem, Release, ReleaseFile, Status
from tests.curation.addresses import NOBODY
from tests.curation.cast import Cast, make_approved
from tests.curation.programs import Program, walk
from tests.curation.statuses import Crew, bring_to, make_crew
from tests.factories import Shown, approve, make_image, make_person, make_problem, make_release

pytestmark = pytest.mark.django_db

_ANSWER, _VARIANT = "Zweifelbein", "Quastenflosser"


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def crew() -> Crew:
    return make_crew()


def _versions(program: Program) -> list[str]:
    return [row["version"] for row in walk(program, "/releases")]


def test_strangers_read_public_releases_and_members_all_that_are_published(cast: Cast) -> None:
    public = cast.release
    members = make_release(make_approved(cast.author))
    Release.objects.filter(pk=members.pk).update(is_public=False)
    draft = Release.objects.create(version="9.0.0", cut_by=cast.editor)
    assert _versions(Program()) == [public.version]
    assert _versions(Program(cast.reader)) == [members.version, public.version]
    assert _versions(Program(cast.editor)) == ["9.0.0", members.version, public.version]
    for path in ("", "/problems", "/files"):
        assert Program().get(f"/releases/{public.version}{path}").status_code == 200
        absent = Program().get(f"/releases/{members.version}{path}")
        assert absent.status_code == 404
        assert absent.content == Program().get(f"/releases/8.8.8{path}").content
        assert Program(cast.reader).get(f"/releases/{draft}{path}").status_code == 404
        assert Program(cast.editor).get(f"/releases/{draft}{path}").status_code == 200


def test_a_release_says_what_it_is_and_where_its_parts_are(cast: Cast) -> None:
    said = Program().get(f"/releases/{cast.release}").json()
    assert (said["stage"], said["status"], said["problem_count"]) == ("published", "ready", 1)
    assert (said["byte_size"], said["license"]) == (4, "CC-BY-4.0")
    (file,) = walk(Program(), said["files_url"])
    stored = cast.release.files.get()
    assert (file["path"], file["sha256"], file["byte_size"]) == (stored.path, stored.sha256, 4)
    assert b"".join(Program().get(file["url"]).streaming_content) == b"rows"
    (problem,) = walk(Program(), said["problems_url"])
    item = cast.release.items.get()
    assert problem["revision_sha256"] == item.revision.sha256
    assert [one["answer"] for one in problem["examples"]] == [
        one.answer for one in item.revision.content().examples
    ]
    image = item.revision.content().query.image
    assert image is not None
    assert problem["query"]["image"]["sha256"] == image.sha256
    assert problem["query"]["image"]["url"].endswith(f"/files/{image_file(image)}")


def test_of_a_held_out_problem_no_answer_is_in_any_answer() -> None:
    editor, author = make_person(is_editor=True), make_person(is_author=True)
    query = Shown(answer=_ANSWER, accepted_variants=(_VARIANT,), picture=801)
    problem = make_problem(author, query=query)
    image = make_image(author, 801)
    image.alt_text = image.source = image.attribution = f"A {_ANSWER} of Berlin"
    image.save()
    workflow.submit(problem, by=author, version=problem.version)
    approve(problem)
    release = make_release(problem, by=editor, held_out=[problem])
    for person in (None, make_person(), editor, author):
        program = Program(person)
        for path in (f"/releases/{release}", f"/releases/{release}/problems", "/releases"):
            text = program.get(path).content.decode()
            assert not [word for word in (_ANSWER, _VARIANT) if word in text]
        (row,) = walk(program, f"/releases/{release}/problems")
        assert (row["is_held_out"], row["revision_sha256"]) == (True, None)
        item = release.items.get()
        assert row["commitment"] == commitment(item.revision.sha256, item.seal)
        assert row["query"]["answer"] is row["query"]["accepted_variants"] is None
        assert row["examples"][0]["answer"]


def test_the_files_of_a_yanked_release_are_no_more(cast: Cast) -> None:
    editor = Program(cast.editor)
    path = f"/releases/{cast.release}"
    assert editor.post(f"{path}/yank", {"because": ""}).status_code == 422
    yanked = editor.post(f"{path}/yank", {"because": "A name is in it."})
    assert (yanked.status_code, yanked.json()["stage"]) == (200, "yanked")
    assert Program().get(path).json()["yanked_because"] == "A name is in it."
    assert walk(Program(), f"{path}/files") == []
    assert editor.post(f"{path}/yank", {"because": "Again."}).status_code == 409


def test_an_editor_cuts_looks_and_publishes(crew: Crew) -> None:
    problem = bring_to(Status.APPROVED, crew)
    editor = Program(crew.editor)
    chosen = {"specialties": ["radiology"], "left_out": [str(NOBODY)], "held_out_percent": 10}
    cut = editor.post("/releases", {"version": "1.0.0", "notes": "The first.", **chosen})
    assert (cut.status_code, cut.json()["stage"], cut.json()["problem_count"]) == (201, "draft", 1)
    assert editor.post("/releases", {"version": "1.1.0"}).status_code == 409
    assert editor.post("/releases/1.0.0/publish").status_code == 409
    Release.objects.update(status=Release.Status.READY)
    published = editor.post("/releases/1.0.0/publish")
    assert (published.status_code, published.json()["stage"]) == (200, "published")
    assert Problem.objects.get(pk=problem.pk).status == Status.PUBLISHED
    assert editor.post("/releases", {"version": "1.0.0"}).status_code == 422


def test_an_editor_stops_the_writing_of_files_and_has_them_written_again(crew: Crew) -> None:
    bring_to(Status.APPROVED, crew)
    editor = Program(crew.editor)
    cut = editor.post("/releases", {"version": "1.0.0"})
    assert cut.json()["open_moves"] == ["stop", "discard"]
    assert editor.post("/releases/1.0.0/retry").status_code == 409
    stopped = editor.post("/releases/1.0.0/stop")
    assert (stopped.status_code, stopped.json()["status"]) == (200, "stopped")
    assert stopped.json()["open_moves"] == ["retry", "discard"]
    assert editor.post("/releases/1.0.0/stop").status_code == 409
    again = editor.post("/releases/1.0.0/retry")
    assert (again.status_code, again.json()["status"]) == (200, "queued")
    Release.objects.update(status=Release.Status.READY)
    assert editor.get("/releases/1.0.0").json()["open_moves"] == ["publish", "discard"]
    assert editor.post("/releases/1.0.0/publish").json()["open_moves"] == ["yank"]
    assert Program().get("/releases/1.0.0").json()["open_moves"] == []
    assert editor.post("/releases/1.0.0/yank", {"because": "So."}).json()["open_moves"] == []


def test_a_discarded_draft_is_gone_with_its_files(crew: Crew) -> None:
    bring_to(Status.APPROVED, crew)
    editor = Program(crew.editor)
    editor.post("/releases", {"version": "1.0.0"})
    release = Release.objects.get()
    storages["releases"].save("1.0.0/README.md", ContentFile(b"A card."))
    ReleaseFile.objects.create(release=release, path="README.md", sha256="0" * 64, byte_size=7)
    Release.objects.update(status=Release.Status.READY)
    assert editor.post("/releases/1.0.0/discard").status_code == 200
    assert editor.get("/releases/1.0.0").status_code == 404
    assert editor.post("/releases/1.0.0/discard").status_code == 404


@pytest.mark.parametrize("verb", ["publish", "discard", "yank", "stop", "retry", "pushes"])
def test_only_editors_steer_releases(verb: str, cast: Cast) -> None:
    path = f"/releases/{cast.release}/{verb}"
    for person in (cast.reader, cast.author, cast.reviewer):
        assert Program(person).post(path, {"because": "So."}).status_code == 403
    assert Program().post(path, {"because": "So."}).status_code == 401

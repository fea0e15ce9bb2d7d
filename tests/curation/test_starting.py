"""Starting a problem from nothing, a template or an earlier problem; going on with a draft."""

import re
from dataclasses import asdict
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation import arranging, workflow
from curation.domain.answers import normalize
from curation.domain.content import PanelRole
from curation.domain.rules import MAX_EXAMPLES, MIN_EXAMPLES, findings
from curation.domain.skeletons import SKELETONS, Skeleton
from curation.errors import InvalidContentError
from curation.models import AnswerFormat, CognitiveProcess, Problem, Specialty, User
from curation.starting import start_from_problem, start_from_skeleton
from tests.curation.writing import Desk, make_desk
from tests.factories import make_person, make_problem

pytestmark = pytest.mark.django_db

each_skeleton = pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS.keys())


@pytest.fixture
def author(client: Client) -> User:
    person = make_person(is_author=True, specialty=Specialty.objects.get(pk="pathology"))
    client.force_login(person)
    return person


def _create(client: Client, **sent: Any) -> Any:
    return client.post(reverse("curation:problem_create"), sent)


def _words(problem: Problem) -> list[tuple[str, str, str]]:
    panels = problem.panels.in_order()
    return [(panel.role, panel.question, panel.answer) for panel in panels]


class TestSkeletons:
    """What a template fills in is right as it stands."""

    @each_skeleton
    def test_a_template_speaks_the_vocabularies(self, skeleton: Skeleton) -> None:
        assert skeleton.answer_format in AnswerFormat.values
        assert skeleton.cognitive_process in CognitiveProcess.values
        assert MIN_EXAMPLES <= skeleton.example_count <= MAX_EXAMPLES

    @each_skeleton
    def test_a_template_fills_in_no_answer_that_only_the_author_can_know(
        self, skeleton: Skeleton
    ) -> None:
        generic = {"", "yes", "no", "left", "right"}
        assert {normalize(answer) for answer in skeleton.answers} <= generic
        assert skeleton.answers[-1] == ""

    @each_skeleton
    def test_a_problem_from_a_template_only_misses_what_is_not_filled_in(
        self, skeleton: Skeleton, author: User
    ) -> None:
        problem = start_from_skeleton(author, skeleton)
        found = findings(Problem.objects.with_panels().get(pk=problem.pk).draft())
        assert {f.code for f in found if f.is_error} <= {
            "annotation_missing",
            "image_missing",
            "answer_missing",
            "source_missing",
            "license_missing",
            "attribution_missing",
            "no_patient_confirmed_missing",
            *({"question_unnamed"} if skeleton.is_unnamed else ()),
        }
        assert problem.specialty is None
        assert [role for role, _, _ in _words(problem)][-1] == PanelRole.QUERY


class TestEarlier:
    """A copy of one's own problem."""

    @pytest.mark.parametrize("has_images", [True, False])
    def test_words_and_annotations_are_copied_and_images_on_request(
        self, author: User, *, has_images: bool
    ) -> None:
        earlier = make_problem(author)
        panel = earlier.panels.in_order()[0]
        panel.accepted_variants = ["also"]
        panel.save()
        copy = start_from_problem(author, earlier, has_images=has_images)
        assert copy.pk != earlier.pk
        assert copy.status == "draft"
        assert copy.annotations() == earlier.annotations()
        assert _words(copy) == _words(earlier)
        assert copy.panels.in_order()[0].accepted_variants == ["also"]
        images = [panel.image for panel in earlier.panels.in_order()]
        shown = [panel.image for panel in copy.panels.in_order()]
        assert shown == (images if has_images else [None] * 4)

    def test_an_empty_problem_can_be_copied(self, author: User) -> None:
        earlier = Problem.objects.create(author=author)
        copy = start_from_problem(author, earlier, has_images=True)
        assert not copy.panels.exists()
        assert set(asdict(copy.annotations()).values()) == {""}

    def test_another_s_problem_is_not_copied(self, author: User) -> None:
        theirs = make_problem()
        with pytest.raises(InvalidContentError, match="of your own"):
            start_from_problem(author, theirs, has_images=True)
        assert not Problem.objects.written_by(author).exists()


class TestPage:
    """The page that starts problems."""

    def test_blank_is_the_first_choice_and_opens_an_empty_panel(
        self, client: Client, author: User
    ) -> None:
        page = client.get(reverse("curation:problem_create")).content.decode()
        assert page.index("Start blank") < page.index("Use the template")
        answer = _create(client)
        problem = Problem.objects.written_by(author).get()
        first = problem.panels.in_order()[0]
        assert answer["Location"] == reverse("curation:panel_edit", args=[problem.pk, first.pk])
        assert _words(problem) == [("example", "", "")] * 2 + [("query", "", "")]

    def test_a_template_is_started_from(self, client: Client, author: User) -> None:
        assert _create(client, skeleton="finding").status_code == 302
        problem = Problem.objects.written_by(author).get()
        assert problem.answer_format == "binary"
        assert [answer for _, _, answer in _words(problem)] == ["Yes", "No", "Yes", "No", ""]

    @pytest.mark.parametrize("sent", [{}, {"has_images": "on"}])
    def test_an_earlier_problem_is_started_from(
        self, client: Client, author: User, sent: dict[str, str]
    ) -> None:
        earlier = make_problem(author)
        page = client.get(reverse("curation:problem_create"), {"from": str(earlier.pk)})
        assert re.search(rf'value="{earlier.pk}" required checked', page.content.decode())
        assert _create(client, earlier=earlier.pk, **sent).status_code == 302
        copy = Problem.objects.written_by(author).exclude(pk=earlier.pk).get()
        assert _words(copy) == _words(earlier)
        assert copy.panels.exclude(image=None).exists() == bool(sent)

    def test_a_copy_of_a_problem_without_panels_opens_its_annotations(
        self, client: Client, author: User
    ) -> None:
        earlier = Problem.objects.create(author=author)
        answer = _create(client, earlier=earlier.pk)
        copy = Problem.objects.written_by(author).exclude(pk=earlier.pk).get()
        assert answer["Location"] == reverse("curation:problem_edit", args=[copy.pk])

    @pytest.mark.parametrize(
        "sent",
        [
            {"skeleton": "no-such"},
            {"skeleton": "finding\x00"},
            {"earlier": "no-uuid"},
            {"earlier": "00000000-0000-0000-0000-000000000000"},
            {"earlier": "\x00"},
        ],
        ids=ascii,
    )
    def test_a_choice_that_is_none_starts_nothing(
        self, client: Client, author: User, sent: dict[str, str]
    ) -> None:
        answer = _create(client, **sent)
        assert answer.status_code == 422
        assert 'role="alert"><p>' in answer.content.decode()
        assert not Problem.objects.written_by(author).exists()

    def test_another_s_problem_is_neither_shown_nor_taken(
        self, client: Client, author: User
    ) -> None:
        theirs = make_problem()
        page = client.get(reverse("curation:problem_create"), {"from": str(theirs.pk)})
        assert str(theirs.pk) not in page.content.decode()
        answer = _create(client, earlier=theirs.pk)
        assert answer.status_code == 422
        assert "one of your own problems" in answer.content.decode()
        assert not Problem.objects.written_by(author).exists()


@pytest.fixture
def desk(client: Client) -> Desk:
    return make_desk(client)


def _resume(desk: Desk) -> str:
    answer = desk.client.get(reverse("curation:problem_resume", args=[desk.problem.pk]))
    assert answer.status_code == 302
    return str(answer["Location"])


class TestResume:
    """A draft goes on at the first field that misses something."""

    @pytest.mark.parametrize(
        ("index", "field", "anchor"),
        [
            (0, "question", "id_question"),
            (2, "answer", "id_answer"),
            (1, "image", "upload"),
            (3, "question", "id_question"),
        ],
    )
    def test_it_opens_the_panel_at_its_field(
        self, desk: Desk, index: int, field: str, anchor: str
    ) -> None:
        panel = desk.panel(index)
        setattr(panel, field, None if field == "image" else "")
        panel.save()
        assert _resume(desk) == f"{desk.address(panel=panel)}#{anchor}"

    @pytest.mark.parametrize(
        ("fact", "empty", "anchor"),
        [
            ("source", "", "id_source"),
            ("license", "", "id_license"),
            ("attribution", "", "id_attribution"),
            ("no_patient_confirmed_at", None, "id_no_patient_confirmed"),
        ],
    )
    def test_it_opens_the_fact_that_an_image_misses(
        self, desk: Desk, fact: str, empty: str | None, anchor: str
    ) -> None:
        image = desk.panel(1).image
        assert image is not None
        setattr(image, fact, empty)
        image.save()
        assert _resume(desk) == f"{desk.address(panel=desk.panel(1))}#{anchor}"
        assert f'id="{anchor}"' in desk.client.get(_resume(desk)).content.decode()

    def test_panels_come_before_the_six_facts_and_from_the_top(self, desk: Desk) -> None:
        Problem.objects.filter(pk=desk.problem.pk).update(rarity="")
        for index, changes in ((2, {"image": None}), (1, {"question": "", "image": None})):
            desk.problem.panels.filter(position=index).update(**changes)
        assert _resume(desk) == f"{desk.address(panel=desk.panel(1))}#upload"

    def test_a_fact_that_is_not_chosen_is_next(self, desk: Desk) -> None:
        Problem.objects.filter(pk=desk.problem.pk).update(rarity="", difficulty="")
        about = reverse("curation:problem_edit", args=[desk.problem.pk])
        assert _resume(desk) == f"{about}#id_rarity"

    def test_what_is_about_no_field_is_shown_at_the_strip(self, desk: Desk) -> None:
        arranging.make_example(desk.panel(3))
        about = reverse("curation:problem_edit", args=[desk.problem.pk])
        assert _resume(desk) == f"{about}#strip"

    def test_a_complete_draft_opens_its_overview(self, desk: Desk) -> None:
        assert _resume(desk) == reverse("curation:problem_overview", args=[desk.problem.pk])

    def test_what_is_before_the_reviewers_opens_its_overview(self, desk: Desk) -> None:
        workflow.submit(desk.problem, by=desk.author, version=desk.version())
        assert _resume(desk) == reverse("curation:problem_overview", args=[desk.problem.pk])

    @pytest.mark.parametrize("name", ["home", "problem_list"])
    def test_home_and_list_lead_a_draft_there_and_nothing_else(self, desk: Desk, name: str) -> None:
        resume = reverse("curation:problem_resume", args=[desk.problem.pk])
        assert resume in desk.client.get(reverse(f"curation:{name}")).content.decode()
        workflow.submit(desk.problem, by=desk.author, version=desk.version())
        assert resume not in desk.client.get(reverse(f"curation:{name}")).content.decode()

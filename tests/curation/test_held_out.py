"""A held-out answer: known to who wrote or judged it and to editors, on no page of anybody else."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from curation import workflow
from curation.exporting import export_release
from curation.instructing import Edition, current_instructions, edit_instructions
from curation.models import AnswerSeen, Image, Move, Status
from curation.permissions import (
    answers_hidden_from,
    can_comment,
    can_read_reason,
    can_see_answer,
    has_seen_answer,
    is_answer_public,
    is_held_out,
)
from curation.releases import publish_release
from tests.curation.held_out import SECRET, Kept, make_kept, told
from tests.curation.statuses import bring_to, cut_and_publish, cut_ready, make_crew
from tests.factories import make_person

pytestmark = pytest.mark.django_db

_STRANGERS = ("reader", "other author", "reviewer")
_INSIDERS = ("author", "judge", "editor")


@pytest.fixture
def kept() -> Kept:
    return make_kept()


@pytest.mark.parametrize("who", _STRANGERS)
def test_strangers_may_not_read_the_answer_although_it_is_published(who: str, kept: Kept) -> None:
    person = kept.strangers[who]
    assert not can_see_answer(person, kept.problem)
    assert not has_seen_answer(person, kept.problem)
    assert not can_comment(person, kept.problem)
    assert answers_hidden_from(person, [kept.problem]) == {kept.problem.pk}


@pytest.mark.parametrize("who", _INSIDERS)
def test_who_wrote_or_judged_it_and_editors_may(who: str, kept: Kept) -> None:
    person = kept.insiders[who]
    assert can_see_answer(person, kept.problem)
    assert answers_hidden_from(person, [kept.problem]) == set()


def test_nobody_who_is_not_signed_in_may(kept: Kept) -> None:
    assert answers_hidden_from(AnonymousUser(), [kept.problem]) == {kept.problem.pk}


def test_it_is_held_out_also_when_it_is_retired_later(kept: Kept) -> None:
    assert (is_held_out(kept.problem), is_answer_public(kept.problem)) == (True, False)
    workflow.retire(kept.problem, by=kept.crew.editor, comment="Wrong side.")
    assert is_held_out(kept.problem)
    assert not can_see_answer(kept.strangers["reader"], kept.problem)


def test_of_several_those_alone_are_hidden_that_are_held_out(kept: Kept) -> None:
    other = make_kept().problem  # its release holds the first one out again
    told_to_all = bring_to(Status.PUBLISHED, kept.crew)
    assert is_answer_public(told_to_all)
    hidden = answers_hidden_from(kept.strangers["reader"], [kept.problem, told_to_all, other])
    assert hidden == {kept.problem.pk, other.pk}
    assert answers_hidden_from(kept.crew.author, [kept.problem, other]) == {other.pk}


def test_reasons_of_moves_are_read_by_those_alone_who_may_read_the_answer(kept: Kept) -> None:
    publishing = kept.problem.status_changes.get(move=Move.PUBLISH)
    assert not can_read_reason(kept.strangers["reader"], publishing)
    assert can_read_reason(kept.insiders["author"], publishing)


def test_that_an_editor_reads_it_is_kept(kept: Kept, client: Client) -> None:
    client.force_login(kept.crew.editor)
    client.get(reverse("curation:problem_overview", args=[kept.problem.pk]))
    assert AnswerSeen.objects.of_problem(kept.problem).by(kept.crew.editor).exists()


def _pages(kept: Kept) -> Iterator[str]:
    """Whatever shows something of a released problem."""
    problem, revision = kept.problem.pk, kept.problem.current_revision_id
    yield reverse("curation:home")
    yield reverse("curation:release_list")
    yield reverse("curation:release_detail", args=[kept.release.version])
    yield reverse("curation:release_compare")
    yield reverse("curation:problem_overview", args=[problem])
    yield reverse("curation:problem_history", args=[problem])
    yield reverse("curation:comment_list", args=[problem])
    yield reverse("curation:review_detail", args=[revision])
    yield reverse("curation:instructions")
    yield reverse("evaluation:problem_try", args=[problem])
    yield reverse("evaluation:leaderboard")


@pytest.mark.parametrize("who", _STRANGERS)
def test_no_page_tells_a_stranger_the_answer(who: str, kept: Kept, client: Client) -> None:
    client.force_login(kept.strangers[who])
    for address in _pages(kept):
        answer = client.get(address, follow=True)
        assert answer.status_code in {200, 403, 404}, address
        assert told(answer.content.decode()) == [], address


def test_why_it_was_retired_is_told_to_insiders_alone(kept: Kept, client: Client) -> None:
    workflow.retire(kept.problem, by=kept.crew.editor, comment=f"Rather no {SECRET}.")
    bring_to(Status.APPROVED, kept.crew)
    release = cut_and_publish("1.1.0", by=kept.crew.editor)
    assert told(json.dumps(release.card)) == []
    assert release.card["retired"][0]["reason"] == "Not said: its answer was held out."
    address = reverse("curation:release_compare")
    for who, is_told in (("reader", False), ("author", True)):
        client.force_login({**kept.strangers, **kept.insiders}[who])
        page = client.get(address, {"kind": "retired"}).content.decode()
        assert bool(told(page)) == is_told


@pytest.mark.parametrize("who", _INSIDERS)
def test_the_page_of_the_release_tells_it_to_insiders(who: str, kept: Kept, client: Client) -> None:
    client.force_login(kept.insiders[who])
    address = reverse("curation:release_detail", args=[kept.release.version])
    assert told(client.get(address).content.decode()) != []


def test_no_file_of_the_release_tells_it(kept: Kept, tmp_path: Path) -> None:
    files = export_release(kept.release, tmp_path)
    for file in files:
        written = (tmp_path / file.path).read_bytes()
        assert told(written.decode("latin-1")) == [], file.path
        assert kept.release.revisions.get().sha256.encode() not in written, file.path
    rows = pq.read_table(tmp_path / "data/test-00000-of-00001.parquet").to_pylist()
    assert [row["answer"] for row in rows] == [
        "Pneumothorax",
        "Cardiomegaly",
        "Pleural effusion",
        None,
    ]


def test_a_stranger_reads_that_it_is_held_out(kept: Kept, client: Client) -> None:
    client.force_login(kept.strangers["reader"])
    address = reverse("curation:release_detail", args=[kept.release.version])
    assert "held out" in client.get(address).content.decode()


def test_a_reviewer_who_did_not_judge_it_is_shown_it_without_the_answer(
    kept: Kept, client: Client
) -> None:
    client.force_login(kept.strangers["reviewer"])
    address = reverse("curation:problem_overview", args=[kept.problem.pk])
    page = client.get(address, follow=True).content.decode()
    assert "Here it is without its answer" in page


def test_a_held_out_problem_that_was_chosen_for_the_instructions_is_not_shown_there(
    kept: Kept, client: Client
) -> None:
    good = kept.problem.current_revision
    edition = Edition(text="Write well.", good=good, good_because="So.")
    edit_instructions(edition, started_from=current_instructions().pk, by=kept.crew.editor)
    for person, is_shown in ((kept.strangers["other author"], False), (kept.crew.author, True)):
        client.force_login(person)
        page = client.get(reverse("curation:instructions")).content.decode()
        assert ("What does this image show?" in page) == is_shown


def test_images_of_a_draft_are_for_nobody_yet() -> None:
    crew, reader = make_crew(), make_person()
    bring_to(Status.APPROVED, crew)
    draft = cut_ready("1.0.0", by=crew.editor)
    assert not Image.objects.visible_to(reader).exists()
    publish_release(draft, by=crew.editor)
    assert Image.objects.visible_to(reader).count() == 4

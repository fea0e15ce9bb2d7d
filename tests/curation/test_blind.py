"""Answering blind: what is kept, how it is judged, and that nothing tells the answer before."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation import blind, workflow
from curation.blind import Given, Skipped
from curation.coverage import count_coverage, keep_coverage
from curation.errors import InvalidContentError, WrongMomentError
from curation.instructing import Edition, edit_instructions
from curation.models import (
    AnswerSeen,
    BlindAnswer,
    Comment,
    Notice,
    Problem,
    Revision,
    Stage,
    Status,
    User,
    Verdict,
)
from curation.permissions import can_see_answer, is_blind
from evaluation.domain.scoring.exact_match import matching_answer
from tests.curation.statuses import Crew, bring_to, current, judge, make_crew, submit
from tests.curation.telling import (
    EXAMPLES,
    SAID,
    TRUTH,
    Telling,
    addresses,
    make_telling,
    telling_words,
    told_on,
)
from tests.factories import Shown, make_person, make_problem, png_bytes

pytestmark = pytest.mark.django_db

ALONE, IN_CONTEXT = Stage.ZERO_SHOT, Stage.IN_CONTEXT


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture
def revision(crew: Crew) -> Revision:
    return current(bring_to(Status.SUBMITTED, crew))


def _given(answer: str = "A disc") -> Given:
    return Given(answer=answer, confidence=3, seconds=40)


def _answer_both(revision: Revision, by: User) -> None:
    for stage in Stage:
        blind.answer_blind(revision, stage, _given(), by=by)


def test_the_query_alone_comes_first_and_the_truth_last(crew: Crew, revision: Revision) -> None:
    reviewer = crew.reviewers[0]
    assert blind.stages_left(reviewer, revision) == (ALONE, IN_CONTEXT)
    with pytest.raises(WrongMomentError, match="go on below"):
        blind.answer_blind(revision, IN_CONTEXT, _given(), by=reviewer)
    blind.answer_blind(revision, ALONE, _given(), by=reviewer)
    assert blind.stages_left(reviewer, revision) == (IN_CONTEXT,)
    assert is_blind(reviewer, revision.problem)
    blind.answer_blind(revision, IN_CONTEXT, _given(), by=reviewer)
    assert blind.stages_left(reviewer, revision) == ()
    assert can_see_answer(reviewer, revision.problem)


@pytest.mark.parametrize(
    ("said", "is_right"),
    [("fat", True), ("  FAT. ", True), ("Adipose-tissue", False), ("adipose  tissue", True)],
)
def test_an_answer_is_judged_as_a_model_s_is(said: str, crew: Crew, *, is_right: bool) -> None:
    right, variant = "Fat", "Adipose tissue"
    examples = (Shown(answer="Fat"), Shown(answer="Muscle"))
    query = Shown(answer=right, accepted_variants=(variant,))
    problem = make_problem(crew.author, examples=examples, query=query)
    revision = submit(problem, crew)
    kept = blind.answer_blind(revision, ALONE, _given(said), by=crew.reviewers[0])
    assert kept.is_right is is_right
    assert kept.is_right == (matching_answer(said, right, (variant,)) is not None)


def test_answers_count_for_how_well_people_do(crew: Crew, revision: Revision) -> None:
    right = revision.content().query.answer
    blind.answer_blind(revision, ALONE, _given("A disc"), by=crew.reviewers[0])
    blind.answer_blind(revision, IN_CONTEXT, _given(right), by=crew.reviewers[0])
    skipped = Skipped(reason="Not my field.", seconds=5)
    blind.skip_blind(revision, ALONE, skipped, by=crew.reviewers[1])
    baseline = count_coverage(timezone.now()).baseline
    assert (baseline[ALONE].right.value, baseline[ALONE].skipped) == (0, 1)
    assert (baseline[IN_CONTEXT].right.value, baseline[IN_CONTEXT].skipped) == (1, 0)


def test_one_reason_skips_one_step_or_both(crew: Crew, revision: Revision) -> None:
    why = Skipped(reason=" I know this case. ", seconds=5)
    blind.skip_blind(revision, ALONE, why, by=crew.reviewers[0])
    assert blind.stages_left(crew.reviewers[0], revision) == (IN_CONTEXT,)
    blind.skip_blind(revision, ALONE, why, by=crew.reviewers[1], is_rest_too=True)
    assert blind.stages_left(crew.reviewers[1], revision) == ()
    kept = BlindAnswer.objects.by(crew.reviewers[1]).of_problem(revision.problem)
    assert [(one.stage, one.skipped_because, one.is_right) for one in kept] == [
        (stage, "I know this case.", None) for stage in Stage
    ]
    assert [one.seconds for one in kept] == [5, 0]


def test_without_an_answer_or_a_reason_nothing_is_kept(crew: Crew, revision: Revision) -> None:
    with pytest.raises(InvalidContentError, match="Write your answer"):
        blind.answer_blind(revision, ALONE, _given(" \n"), by=crew.reviewers[0])
    with pytest.raises(InvalidContentError, match="Say why"):
        blind.skip_blind(revision, ALONE, Skipped(reason=" ", seconds=1), by=crew.reviewers[0])
    assert not BlindAnswer.objects.exists()


def test_a_step_is_answered_once(crew: Crew, revision: Revision) -> None:
    blind.answer_blind(revision, ALONE, _given("First"), by=crew.reviewers[0])
    with pytest.raises(WrongMomentError, match="done already"):
        blind.answer_blind(revision, ALONE, _given("Second"), by=crew.reviewers[0])
    assert BlindAnswer.objects.get().answer == "First"


def test_what_is_not_before_reviewers_takes_no_answers(crew: Crew, revision: Revision) -> None:
    workflow.request_changes(revision.problem, by=crew.editor, comment="Which side?")
    with pytest.raises(WrongMomentError, match="changes requested by now"):
        blind.answer_blind(revision, ALONE, _given(), by=crew.reviewers[0])
    submit(Problem.objects.get(pk=revision.problem_id), crew)
    with pytest.raises(WrongMomentError, match="newer revision"):
        blind.answer_blind(revision, ALONE, _given(), by=crew.reviewers[0])


def test_who_judged_an_earlier_revision_is_not_blind_any_more(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    judge(problem, crew.reviewers[0], Verdict.REQUEST_CHANGES, "Which side?")
    again = submit(Problem.objects.get(pk=problem.pk), crew)
    assert blind.stages_left(crew.reviewers[0], again) == ()
    assert blind.stages_left(crew.reviewers[1], again) == (ALONE, IN_CONTEXT)


def test_who_saw_the_examples_of_an_earlier_revision_answers_with_them(
    crew: Crew, revision: Revision
) -> None:
    blind.answer_blind(revision, ALONE, _given(), by=crew.reviewers[0])
    workflow.request_changes(revision.problem, by=crew.editor, comment="Which side?")
    again = submit(Problem.objects.get(pk=revision.problem_id), crew)
    assert blind.stages_left(crew.reviewers[0], again) == (IN_CONTEXT,)


def test_of_what_is_published_nobody_needs_to_be_blind(crew: Crew) -> None:
    published = bring_to(Status.PUBLISHED, crew)
    assert blind.stages_left(crew.reviewers[2], current(published)) == ()
    AnswerSeen.objects.note(published, crew.reviewers[2])
    assert not AnswerSeen.objects.of_problem(published).by(crew.reviewers[2]).exists()


def test_an_author_is_never_noted_as_having_seen_the_answer(crew: Crew, revision: Revision) -> None:
    for _ in range(2):
        AnswerSeen.objects.note(revision.problem, crew.author)
        AnswerSeen.objects.note(revision.problem, crew.editor)
    assert [seen.person for seen in AnswerSeen.objects.all()] == [crew.editor]


def _telling_with_thumbnails() -> Telling:
    telling = make_telling()
    for image in telling.images:
        if not storages["images"].exists(image.thumbnail_name):
            storages["images"].save(image.thumbnail_name, ContentFile(png_bytes(1)))
    return telling


def test_no_address_tells_a_reviewer_the_answer_before_theirs(client: Client) -> None:
    telling = _telling_with_thumbnails()
    client.force_login(telling.reviewer)
    page = reverse("curation:review_detail", args=[telling.revision.pk])

    assert told_on(client, telling, [*TRUTH, *EXAMPLES, *SAID]) == {}

    blind.answer_blind(telling.revision, ALONE, _given(), by=telling.reviewer)
    found = told_on(client, telling, [*TRUTH, *EXAMPLES, *SAID])
    assert found[page] == list(EXAMPLES)
    assert {word for told in found.values() for word in told} == set(EXAMPLES)
    assert is_blind(telling.reviewer, telling.problem)

    blind.answer_blind(telling.revision, IN_CONTEXT, _given(), by=telling.reviewer)
    found = told_on(client, telling, [*TRUTH, *SAID])
    # The other reviewer's words wait for this one's verdict.
    assert found[page] == [*TRUTH, SAID[0]]
    assert SAID[1] not in {word for told in found.values() for word in told}


def test_the_walk_visits_every_page_of_a_problem() -> None:
    telling = make_telling()
    visited = set(addresses(telling))
    for name in ("problem_overview", "problem_history", "problem_edit", "problem_resume"):
        assert reverse(f"curation:{name}", args=[telling.problem.pk]) in visited
    assert reverse("evaluation:problem_try", args=[telling.problem.pk]) in visited
    for name in ("problem_detail", "revision_list", "review_list", "comment_list"):
        assert reverse(f"curation_api:{name}", args=[telling.problem.pk]) in visited
    for name in ("home", "review_queue", "notice_list", "instructions", "coverage"):
        assert reverse(f"curation:{name}") in visited
    for panel in telling.problem.panels.all():
        at = [telling.problem.pk, panel.pk]
        assert reverse("curation:panel_edit", args=at) in visited
        assert reverse("curation:image_file", args=[panel.image_id]) in visited


@pytest.mark.parametrize(
    "name",
    [
        "curation:problem_overview",
        "curation:problem_history",
        "curation:problem_decide",
        "curation:comment_list",
        "evaluation:problem_try",
    ],
)
def test_an_editor_who_is_shown_the_answer_is_not_asked_for_theirs(
    name: str, client: Client, revision: Revision
) -> None:
    person = make_person(is_reviewer=True, is_editor=True)
    assert blind.stages_left(person, revision)
    client.force_login(person)
    assert client.get(reverse(name, args=[revision.problem_id])).status_code == 200
    assert not blind.stages_left(person, revision)


def test_wherever_an_editor_reads_the_answer_it_is_noted_that_they_know_it(client: Client) -> None:
    telling = _telling_with_thumbnails()
    edit_instructions(
        Edition(text="Be brief.", good=telling.revision),
        started_from=None,
        by=make_person(is_editor=True),
    )
    keep_coverage(timezone.now())
    person = make_person(is_reviewer=True, is_editor=True)
    client.force_login(person)
    known = AnswerSeen.objects.by(person).of_problem(telling.problem)
    unnoted = []
    for address in addresses(telling):
        known.delete()
        if telling_words(client, address, [*TRUTH, *SAID]) and not known.exists():
            unnoted.append(address)
    assert unnoted == []


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("problem_decide", {"move": "", "comment": ""}),
        ("assignment_create", {"reviewer": ""}),
    ],
)
def test_a_refused_form_of_an_editor_shows_the_answer_and_notes_it(
    name: str, sent: dict[str, str], client: Client
) -> None:
    telling = make_telling()
    person = make_person(is_reviewer=True, is_editor=True)
    client.force_login(person)
    answer = client.post(reverse(f"curation:{name}", args=[telling.problem.pk]), sent)
    assert (answer.status_code, TRUTH[0] in answer.text) == (422, True)
    assert not is_blind(person, telling.problem)


@pytest.mark.parametrize("action", ["reply", "resolve", "reopen"])
def test_an_editor_who_answers_in_a_thread_knows_what_it_says(action: str, client: Client) -> None:
    telling = make_telling()
    person = make_person(is_reviewer=True, is_editor=True)
    client.force_login(person)
    address = reverse(f"curation:comment_{action}", args=[Comment.objects.get().pk])
    answer = client.post(address, {"text": "So?"}, headers={"HX-Request": "true"})
    assert SAID[1] in answer.text
    assert not is_blind(person, telling.problem)


@pytest.mark.parametrize("model", ["problem", "revision", "review", "statuschange"])
def test_an_operator_who_opens_the_row_knows_what_it_says(model: str, client: Client) -> None:
    telling = make_telling()
    person = make_person(is_reviewer=True, is_staff=True, is_superuser=True)
    client.force_login(person)
    row = {
        "problem": telling.problem,
        "revision": telling.revision,
        "review": telling.revision.reviews.get(),
        "statuschange": telling.problem.status_changes.get(),
    }[model]
    listed = client.get(reverse(f"admin:curation_{model}_changelist")).text
    assert not any(word in listed for word in (*TRUTH, *SAID))
    assert is_blind(person, telling.problem)
    client.get(reverse(f"admin:curation_{model}_change", args=[row.pk]))
    assert not is_blind(person, telling.problem)


def test_who_is_told_in_a_notice_what_was_said_cannot_answer_blind_later(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    both = make_person(is_reviewer=True, is_editor=True)
    judge(problem, crew.reviewers[0], Verdict.REJECT, "It shows a Zweifelbein.")
    quotes = {notice.person: notice.quote for notice in Notice.objects.all()}
    assert quotes == {crew.editor: "It shows a Zweifelbein.", both: ""}
    assert AnswerSeen.objects.of_problem(problem).by(crew.editor).exists()
    assert is_blind(both, problem)

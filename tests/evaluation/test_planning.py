import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from curation.errors import InvalidContentError, WrongMomentError
from evaluation import leasing
from evaluation.asking import request_as_planned, request_for
from evaluation.domain.arms import AnswerForm
from evaluation.domain.choices import choices_for
from evaluation.domain.prompting import sha256_of
from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.domain.showing import Variant, matching_position
from evaluation.models import EndpointKind, Prediction, Run, RunStatus
from evaluation.planning import AskedRevision, asked_revisions, plan_run
from evaluation.runs import cancel_run
from evaluation.variants import shown_json
from tests.evaluation.cast import make_endpoint, make_run
from tests.factories import (
    Shown,
    contents_of,
    make_approved,
    make_editor,
    make_problem,
    make_release,
    make_release_of,
)

pytestmark = pytest.mark.django_db


def test_every_problem_becomes_one_prediction_in_the_order_of_the_release() -> None:
    release = make_release_of(3)
    run = make_run(release, make_endpoint())
    planned = [prediction.revision.content() for prediction in run.predictions.all()]
    assert planned == contents_of(release)
    assert run.excluded_count == 0


def test_the_manifest_names_what_a_paper_would() -> None:
    run = make_run(make_release_of(2), make_endpoint())
    assert run.manifest["release"]["version"] == run.release.version
    assert run.manifest["protocol"] == PRESETS["in_context_open"].to_json()
    assert run.manifest["endpoint"]["model"] == "most-alike-example"
    assert len(run.manifest["prompt_template_sha256"]) == 64
    assert "key" not in str(run.manifest)


def test_letters_come_from_the_recorded_seed() -> None:
    release = make_release_of(6)
    letters = {}
    for seed in range(5):  # ids are random: two seeds give the same six letters now and then
        document = PRESETS["in_context_multiple_choice"].to_json() | {"seed": seed}
        protocol = Protocol.from_json(document)
        run = plan_run(release, make_endpoint(name=f"E{seed}"), protocol, by=make_editor())
        run.refresh_from_db()
        assert run.protocol.seed == seed
        asked = [prediction.choices for prediction in run.predictions.all()]
        assert asked == [choices_for(content, seed) for content in contents_of(release)]
        letters[seed] = tuple(choices.correct_letter for choices in asked if choices)
    assert len(set(letters.values())) > 1


def test_a_problem_without_two_options_is_left_out_and_counted() -> None:
    same = (Shown(answer="Yes"), Shown(answer="yes."))
    odd = make_approved(make_problem(examples=same, query=Shown(answer="YES")))
    release = make_release(odd, make_approved(make_problem()))
    run = make_run(release, make_endpoint(), "zero_shot_multiple_choice")
    assert (run.predictions.count(), run.excluded_count) == (1, 1)


def test_a_release_of_which_nothing_can_be_asked_is_refused() -> None:
    same = (Shown(answer="Yes"),)
    release = make_release(make_approved(make_problem(examples=same, query=Shown(answer="Yes"))))
    with pytest.raises(InvalidContentError, match="another protocol"):
        make_run(release, make_endpoint(), "in_context_multiple_choice")
    assert not release.runs.exists()


def test_a_baseline_without_examples_is_refused() -> None:
    baseline = make_endpoint(kind=EndpointKind.MAJORITY_EXAMPLE)
    with pytest.raises(InvalidContentError, match="with examples"):
        make_run(make_release_of(1), baseline, "zero_shot_open")


def test_an_endpoint_out_of_use_is_refused() -> None:
    with pytest.raises(WrongMomentError):
        make_run(make_release_of(1), make_endpoint(is_active=False))


def test_a_second_click_starts_no_second_run() -> None:
    release, endpoint = make_release_of(1), make_endpoint()
    run = make_run(release, endpoint)
    with pytest.raises(WrongMomentError, match="already"):
        make_run(release, endpoint)
    cancel_run(run)
    assert make_run(release, endpoint).pk != run.pk


def test_planning_asks_the_database_as_often_for_five_problems_as_for_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    endpoint, editor = make_endpoint(), make_editor()
    for count in (1, 5):
        release = make_release_of(count)
        with django_assert_num_queries(9):
            plan_run(release, endpoint, PRESETS["in_context_open"], by=editor)


def _rebuilt(run: Run) -> list[str]:
    """The hashes of the prompts that a worker would build of what it leases, in that order."""
    Run.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING)
    leased = leasing.lease(run.pk, uuid.uuid4(), 1000)
    requests = [
        request_as_planned(one.content, run.protocol, one.prompt_sha256, one.variant)
        for one in leased
    ]
    return [request.prompt.sha256() for request in requests if request]


@pytest.mark.parametrize("preset", list(PRESETS))
def test_a_worker_builds_the_very_prompts_that_were_planned(preset: str) -> None:
    run = make_run(make_release_of(3), make_endpoint(), preset)
    rows = run.predictions.order_by("position")
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    assert _rebuilt(run) == [row.prompt_sha256 for row in rows]
    assert len(rows) == 3 * (6 if preset.endswith("permuted") else 1)


def test_the_same_plan_has_the_same_hash_and_another_seed_another() -> None:
    release = make_release_of(3)
    noisy = PRESETS["noise_random"]
    plans = []
    for number, seed in enumerate((1, 1, 2, 3, 4)):
        endpoint = make_endpoint(name=f"E{number}")
        run = plan_run(release, endpoint, replace(noisy, seed=seed), by=make_editor())
        plans.append(run.manifest["plan_sha256"])
    assert plans[0] == plans[1]
    assert {plans[0]} != set(plans[2:])  # one other seed may draw the same by chance


def test_a_row_says_whether_an_example_shows_the_answer_and_where() -> None:
    matching = make_approved(make_problem())  # its second example
    none = make_approved(make_problem(query=Shown(answer="Nothing of the kind")))
    release, endpoint = make_release(matching, none), make_endpoint()

    def told(preset: str) -> list[tuple[bool | None, int | None]]:
        rows = make_run(release, endpoint, preset).predictions.order_by("position")
        return [(row.is_answer_shown, row.matching_position) for row in rows]

    assert told("in_context_open") == [(True, 2), (False, None)]
    assert told("zero_shot_open") == [(False, None), (False, None)]
    assert told("matching_first_open") == [(True, 1)]
    assert told("matching_last_open") == [(True, 3)]


def test_repeats_are_rows_of_their_own_and_no_key_stands_twice() -> None:
    twice = replace(PRESETS["in_context_open"], repeats=2, temperature=1.0)
    run = plan_run(make_release_of(1), make_endpoint(), twice, by=make_editor())
    first, second = run.predictions.order_by("position")
    assert (first.repeat, second.repeat) == (0, 1)
    assert first.prompt_sha256 == second.prompt_sha256
    second.pk, second.repeat = None, 0
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


def test_a_problem_with_no_other_to_draw_from_is_left_out_of_a_noisy_run() -> None:
    with pytest.raises(InvalidContentError, match="foreign example"):
        make_run(make_release_of(1), make_endpoint(), "noise_random")


@pytest.mark.parametrize(
    ("kind", "preset", "words"),
    [
        (EndpointKind.LAST_EXAMPLE, "zero_shot_open", "with examples"),
        (EndpointKind.RANDOM_CHOICE, "in_context_open", "choose multiple choice"),
        (EndpointKind.MOST_ALIKE_EXAMPLE, "text_only", "compares images"),
    ],
)
def test_a_baseline_is_asked_only_what_it_can_answer(
    kind: EndpointKind, preset: str, words: str
) -> None:
    with pytest.raises(InvalidContentError, match=words):
        make_run(make_release_of(1), make_endpoint(kind=kind), preset)


def test_a_baseline_is_not_asked_what_it_finds_likely() -> None:
    ranked = replace(PRESETS["in_context_open"], answer_form=AnswerForm.RANKED_LETTERS)
    baseline = make_endpoint(kind=EndpointKind.LAST_EXAMPLE)
    with pytest.raises(InvalidContentError, match="finds nothing likely"):
        plan_run(make_release_of(1), baseline, ranked, by=make_editor())


def _alone(run: Run, one: AskedRevision, variant: Variant, position: int) -> dict[str, Any]:
    """Every column of a prediction, made for itself through the model."""
    request = request_for(one.content, run.protocol, variant)
    assert request is not None
    choices = request.prompt.choices
    at = matching_position(one.content, variant.shown)
    prediction = Prediction(
        run=run,
        revision=one.revision,
        order=variant.order,
        repeat=variant.repeat,
        position=position,
        shown_json=shown_json(one.content, variant),
        matching_position=at,
        is_answer_shown=at is not None,
        prompt_sha256=sha256_of(request.prompt.to_json()),
        image_count=len(request.prompt.images),
        choices_json=choices.to_json() if choices else None,
    )
    return _columns(prediction)


def _columns(prediction: Prediction) -> dict[str, Any]:
    names = {field.attname for field in Prediction._meta.concrete_fields} - {"id", "due_at"}
    return {name: getattr(prediction, name) for name in names}


@pytest.mark.parametrize("preset", list(PRESETS))
def test_rows_are_written_as_each_would_be_made_for_itself(preset: str) -> None:
    release = make_release_of(3)
    protocol = replace(PRESETS[preset], repeats=2, temperature=1.0)
    run = plan_run(release, make_endpoint(), protocol, by=make_editor())
    asked = (
        (one, way)
        for batch in asked_revisions(release, protocol)
        for one in batch
        for way in one.variants
    )
    expected = [_alone(run, one, way, at) for at, (one, way) in enumerate(asked, start=1)]
    written = run.predictions.order_by("id")
    assert [_columns(row) for row in written] == expected
    assert written.due().count() == len(expected)

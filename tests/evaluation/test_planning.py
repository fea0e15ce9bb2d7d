import pytest
from pytest_django import DjangoAssertNumQueries

from curation.errors import InvalidContentError, WrongMomentError
from evaluation.domain.choices import choices_for
from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.models import EndpointKind
from evaluation.runs import cancel_run, plan_run
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

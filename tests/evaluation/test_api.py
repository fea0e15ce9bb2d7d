"""Runs, predictions, endpoints and leaderboards by the API."""

import os

import pytest

from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.models import ModelEndpoint, Run
from tests.curation.programs import Program, walk
from tests.evaluation.cast import make_endpoint, make_run, measured
from tests.factories import (
    Shown,
    approve,
    make_person,
    make_problem,
    make_release,
    make_release_of,
    submit,
)

pytestmark = pytest.mark.django_db

_ANSWER = "Zweifelbein"


@pytest.fixture
def editor() -> Program:
    return Program(make_person(is_editor=True))


def test_an_editor_starts_a_run_by_a_preset_cancels_it_and_goes_on(editor: Program) -> None:
    release, endpoint = make_release_of(2), make_endpoint()
    sent = {"release": str(release), "endpoint": str(endpoint), "preset": "in_context_open"}
    started = editor.post("/runs", {**sent, "seed": 7}, key="a-key")
    assert (started.status_code, started.json()["status"]) == (201, "queued")
    assert editor.post("/runs", {**sent, "seed": 7}, key="a-key").json() == started.json()
    assert editor.post("/runs", {**sent, "seed": 7}).status_code == 409
    run = Run.objects.get()
    assert run.protocol.seed == 7
    said = editor.get(f"/runs/{run.pk}").json()
    assert (said["total"], said["done"], said["protocol"]["seed"]) == (2, 0, 7)
    assert editor.post(f"/runs/{run.pk}/pause").json()["status"] == "paused"
    assert editor.post(f"/runs/{run.pk}/pause").status_code == 409
    assert editor.post(f"/runs/{run.pk}/resume").json()["status"] == "queued"
    assert editor.post(f"/runs/{run.pk}/budget", {"budget": "2.5"}).status_code == 422
    ModelEndpoint.objects.update(output_price_per_million=1)
    assert editor.post(f"/runs/{run.pk}/budget", {"budget": "2.5"}).json()["budget"] == "2.5000"
    assert editor.post(f"/runs/{run.pk}/budget", {"budget": None}).json()["budget"] is None
    assert editor.post(f"/runs/{run.pk}/cancel").json()["status"] == "cancelled"
    assert editor.post(f"/runs/{run.pk}/cancel").status_code == 409
    assert editor.post(f"/runs/{run.pk}/retry").json()["status"] == "queued"
    assert [row["id"] for row in walk(editor, "/runs")] == [run.pk]


def test_a_run_is_started_by_a_preset_but_for_what_the_protocol_states(editor: Program) -> None:
    release, endpoint = make_release_of(3), make_endpoint()
    stated = {
        "noise": "random",
        "noise_count": 2,
        "noise_position": "drawn",
        "repeats": 2,
        "temperature": 0.5,
        "seed": 5,
    }
    sent = {"release": str(release), "endpoint": str(endpoint), "preset": "in_context_open"}
    started = editor.post("/runs", {**sent, "protocol": stated})
    assert started.status_code == 201
    run = Run.objects.get()
    document = PRESETS["in_context_open"].to_json() | stated
    assert run.protocol == Protocol.from_json(document)
    rows = walk(editor, f"/runs/{run.pk}/predictions")
    assert [(row["order"], row["repeat"]) for row in rows] == [(0, 0), (0, 1)] * 3
    planned = run.predictions.order_by("id").values_list("matching_position", flat=True)
    assert [row["matching_position"] for row in rows] == list(planned)


def test_a_run_is_started_by_a_protocol_without_a_preset(editor: Program) -> None:
    release, endpoint = make_release_of(2), make_endpoint()
    stated = {"shots": "all", "answer_form": "open", "order": "permutations"}
    sent = {"release": str(release), "endpoint": str(endpoint), "protocol": stated}
    assert editor.post("/runs", sent).status_code == 201
    assert Run.objects.get().protocol == PRESETS["in_context_open_permuted"]
    rows = walk(editor, f"/runs/{Run.objects.get().pk}/predictions")
    assert sorted(row["order"] for row in rows) == sorted([*range(6)] * 2)


@pytest.mark.parametrize("protocol", [{}, {"shots": "all"}])
def test_a_protocol_without_a_preset_is_stated_whole(
    protocol: dict[str, str], editor: Program
) -> None:
    sent = {"release": str(make_release_of(1)), "endpoint": str(make_endpoint())}
    refused = editor.post("/runs", {**sent, "protocol": protocol})
    assert refused.status_code == 422
    assert "state" in refused.content.decode()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"release": "9.9.9"}, 422),
        ({"release": "newest"}, 422),
        ({"endpoint": "Another"}, 422),
        ({"preset": "by_heart"}, 422),
        ({"seed": -1}, 422),
        ({"seed": "7"}, 422),
        ({"seed": True}, 422),
        ({"seed": 2**63}, 422),
        ({"temperature": 2}, 422),
        ({"preset": None}, 422),
        ({"protocol": {"order": "sorted"}}, 422),
        ({"protocol": {"noise": "random"}}, 422),
        ({"protocol": {"temperature": 9}}, 422),
        ({"protocol": {"color": "red"}}, 422),
        ({"protocol": {"repeats": 101}}, 422),
        ({"protocol": {"seed": 1}, "seed": 1}, 422),
    ],
)
def test_a_run_that_cannot_be_is_refused(
    changes: dict[str, object], status: int, editor: Program
) -> None:
    sent = {
        "release": str(make_release_of(1)),
        "endpoint": str(make_endpoint()),
        "preset": "in_context_open",
    }
    assert editor.post("/runs", {**sent, **changes}).status_code == status
    assert not Run.objects.exists()


def test_members_read_runs_and_only_editors_endpoints() -> None:
    release = make_release_of(2)
    run = measured(release, "right", "wrong")
    reader = Program(make_person())
    said = reader.get(f"/runs/{run.pk}").json()
    assert (said["done"], said["outcomes"]["ok"]) == (2, 2)
    assert said["estimates"][0]["k"] == 1
    rows = walk(reader, f"/runs/{run.pk}/predictions?limit=1")
    assert [row["scores"][0]["value"] for row in rows] == [1.0, 0.0]
    (row,) = reader.get(f"/releases/{release}/leaderboard").json()["rows"]
    assert (row["estimate"]["k"], row["estimate"]["n"], row["planned"]) == (1, 2, 2)
    assert reader.get("/endpoints").status_code == 403
    assert reader.post(f"/runs/{run.pk}/retry").status_code == 403
    assert Program().get("/runs").status_code == 401
    assert Program().get(f"/releases/{release}/leaderboard").status_code == 401


def test_no_key_and_no_key_s_name_is_given(
    editor: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "MODEL_KEY_SECRET", "a-very-secret-key")
    make_endpoint(key_variable="MODEL_KEY_SECRET")
    text = editor.get("/endpoints").content.decode()
    assert "A model" in text
    assert "SECRET" not in text.upper().replace("A MODEL", "")


def test_of_a_held_out_problem_members_get_no_answer_and_no_score(editor: Program) -> None:
    problem = make_problem(query=Shown(answer=_ANSWER))
    submit(problem)
    approve(problem)
    release = make_release(problem, held_out=[problem])
    run = make_run(release, make_endpoint())
    row = run.predictions.get()
    row.completion = row.parsed = _ANSWER
    row.likelihoods_json = [{"letter": "A", "total": -0.5, "tokens": 1}]
    row.matching_position = 2
    row.save()
    path = f"/runs/{run.pk}/predictions"
    reader = Program(make_person())
    assert _ANSWER not in reader.get(path).content.decode()
    (shown,) = walk(reader, path)
    assert (shown["is_withheld"], shown["answer"], shown["scores"]) == (True, None, [])
    assert (shown["matching_position"], shown["likelihoods"]) == (None, None)
    assert shown["prompt_sha256"] is None
    (told,) = walk(editor, path)
    assert (told["answer"], told["matching_position"]) == (_ANSWER, 2)
    assert told["likelihoods"] == row.likelihoods_json

"""How long it takes to look through a run of 100,000 predictions, and to index it.

`python -m tests.benchmarks.browsing 2000` measures it in a smaller one. The pages must take less
than 200 ms at the slow end, by a stranger to what is held out as by an editor.
"""

import logging
import sys
from collections.abc import Iterator
from functools import partial

from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse
from django.utils import timezone

from curation.models import Release, ReleaseItem, User
from evaluation.indexing import index_run
from evaluation.models import Prediction, PredictionStatus, Run, RunIndex, RunStatus, Score
from tests.benchmarks.collection import slow_end
from tests.benchmarks.databases import analyze, empty_database, fill, measured, say
from tests.evaluation.cast import make_endpoint, make_run
from tests.factories import DIAGNOSES, make_person, make_release_of

PREDICTIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
PROBLEMS = 500
MOST_MILLISECONDS = 200
_WORDS = "The image shows a round opacity with smooth margins. " * 8


def _filled() -> Run:
    """A finished run: every problem in very many repeats, judged by two scorers."""
    release = make_release_of(PROBLEMS)
    run = make_run(release, make_endpoint())
    planned = list(run.predictions.all())
    run.predictions.all().delete()
    fill(Prediction, _predictions(run, planned))
    fill(Score, _scores(run))
    manifest = {**run.manifest, "planned": PREDICTIONS}
    now = timezone.now()
    Run.objects.filter(pk=run.pk).update(
        status=RunStatus.FINISHED, finished_at=now, manifest=manifest
    )
    analyze()
    run.refresh_from_db()
    return run


def _predictions(run: Run, planned: list[Prediction]) -> Iterator[Prediction]:
    now = timezone.now()
    for number in range(PREDICTIONS):
        like = planned[number % len(planned)]
        answer = DIAGNOSES[number * 7 % 3] if number % 5 else f"Finding {number}"
        yield Prediction(
            run=run,
            revision_id=like.revision_id,
            repeat=number // len(planned),
            position=number,
            shown_json=like.shown_json,
            is_answer_shown=like.is_answer_shown,
            matching_position=like.matching_position,
            prompt_sha256=like.prompt_sha256,
            image_count=like.image_count,
            status=PredictionStatus.DONE,
            outcome="ok" if number % 50 else "error",
            finished_at=now,
            parsed=answer if number % 50 else "",
            completion=f"{_WORDS}<answer>{answer}</answer>" if number % 50 else "",
        )


def _scores(run: Run) -> Iterator[Score]:
    keys = Prediction.objects.of_run(run.pk).answered().values_list("pk", flat=True)
    for key in keys.iterator():
        yield Score(prediction_id=key, scorer="exact_match", value=float(key % 3 == 0))
        yield Score(prediction_id=key, scorer="judge:Lens", value=float(key % 7 < 3))


def _hide_some(release: Release) -> None:
    """Every tenth problem, as if the release had held it out; not by a verb, for it is cut."""
    held_out = list(release.items.values_list("pk", flat=True))[::10]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            if "releaseitem" in name:
                cursor.execute(f'DROP TRIGGER "{name}"')
    ReleaseItem.objects.filter(pk__in=held_out).update(is_held_out=True, seal="5" * 64)


def _addresses(run: Run) -> dict[str, str]:
    page = reverse("evaluation:prediction_list", args=[run.pk])
    middle = Prediction.objects.of_run(run.pk)[PREDICTIONS // 2].pk
    one = reverse("evaluation:prediction_detail", args=[run.pk, middle])
    return {
        "all": page,
        "the last page": f"{page}?page=999999",
        "failed": f"{page}?outcome=error",
        "scorers differ": f"{page}?differ.exact_match~judge:Lens=first&specialty=radiology",
        "copied the last": f"{page}?copied_last=yes&score.exact_match=wrong&page=9",
        "search": f"{page}?q=opacity",
        "search for the absent": f"{page}?q=nowhere",
        "one prediction": one,
        "one among few": f"{one}?outcome=error",
        "one found": f"{one}?q=image&copied=yes",
    }


def _visit(client: Client, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}.")


def _client(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _measure() -> float:
    logging.disable(logging.INFO)
    with empty_database() as vendor:
        run = _filled()
        setup_test_environment()
        say(f"{vendor}, a run of {PREDICTIONS:,} predictions:")
        (indexed,) = measured(index_run, [run.pk])
        size = sum(len(bytes(part)) for part in RunIndex.objects.values_list("columns", "texts")[0])
        say(f"  the index: {indexed.wall / 1000:.2f} s, {size / 1000:,.0f} kB")
        if vendor == "sqlite":
            _hide_some(run.release)
        slowest = 0.0
        for who in (make_person(is_editor=True), make_person()):
            client = _client(who)
            for what, address in _addresses(run).items():
                slowest = max(slowest, slow_end(partial(_visit, client), what, address))
        return slowest


if __name__ == "__main__":
    sys.exit(_measure() > MOST_MILLISECONDS)

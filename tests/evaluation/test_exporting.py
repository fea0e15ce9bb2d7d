"""What a run page gives as a file is read back with the same numbers."""

from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from evaluation.models import Run
from evaluation.progress import progress
from tests.evaluation.cast import make_endpoint, make_run, work_off
from tests.evaluation.serving import MostAlike
from tests.evaluation.test_importing import brought
from tests.factories import make_editor, make_release_of

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.mark.parametrize(
    ("form", "preset"),
    [("parquet", "in_context_open"), ("jsonl", "in_context_multiple_choice")],
)
def test_what_a_run_page_gives_is_imported_with_the_same_numbers(
    form: str, preset: str, most_alike: MostAlike, tmp_path: Path, client: Client
) -> None:
    release = make_release_of(3)
    run = work_off(make_run(release, make_endpoint(most_alike.base_url), preset))
    editor = make_editor()
    client.force_login(editor)
    answer = client.get(reverse(f"evaluation:run_{form}", args=[run.pk]))
    path = tmp_path / f"ours.{form}"
    path.write_bytes(answer.getvalue())
    brought(path, release=release.version, protocol=preset, by=editor.email)
    imported = Run.objects.exclude(pk=run.pk).get()
    assert progress(imported).estimates == progress(run).estimates
    names = ("completion", "parsed", "parse_pattern", "choices_json", "served_model")
    assert list(imported.predictions.values(*names)) == list(run.predictions.values(*names))
    other = "zero_shot_open"
    with pytest.raises(CommandError, match="by another protocol"):
        brought(path, release=release.version, protocol=other, by=editor.email)

"""The reports of SMMILE's published predictions say what its authors' files say."""

from collections.abc import Mapping

import pytest
from django.core.management import call_command

from curation.domain.content import ProblemContent
from evaluation.domain.reporting import RunReport
from evaluation.models import Run
from evaluation.reporting import compute_report
from tests.evaluation.domain.builders import SMMILE
from tests.evaluation.test_importing import PUBLISHED, make_smmile_release
from tests.factories import make_editor

pytestmark = pytest.mark.django_db


@pytest.fixture
def reports(smmile: dict[str, ProblemContent]) -> Mapping[tuple[str, str, str], RunReport]:
    """By model, mode and answer form."""
    release = make_smmile_release(smmile.values())
    folder = SMMILE / "published"
    found = {}
    for model, mode in PUBLISHED:
        shots = {"ICL": "in_context", "0-shot": "zero_shot"}[mode]
        ends = "" if (folder / f"result_{model}_{mode}.csv").exists() else "_open"
        stem = f"result_{model}_{mode}{ends}"
        how = {"release": release.version, "model": model, "by": make_editor().email}
        files = [folder / f"{stem}.csv", folder / f"{stem}_evaluationllm.json"]
        call_command("import_predictions", *map(str, files), protocol=f"{shots}_open", **how)
        found[model, mode, "open"] = Run.objects.latest("pk")
        letters = folder / f"result_{model}_{mode}_mcqa.csv"
        call_command("import_predictions", str(letters), protocol=f"{shots}_multiple_choice", **how)
        found[model, mode, "letters"] = Run.objects.latest("pk")
    return {name: compute_report(run) for name, run in found.items()}


def test_all(reports) -> None:
    import json

    r = reports["gpt-4o", "ICL", "open"]
    print(json.dumps(r.to_json(), indent=1))
    r = reports["llava_7b", "ICL", "open"]
    print(r.copying, r.scorer("judge").groupings[-1])
    assert 0

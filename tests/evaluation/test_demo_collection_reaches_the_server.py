"""What the demo measures: every image of its release reaches the server, in order."""

from collections import Counter
from typing import Any

import pytest

from config.demo.collection import read_collection
from config.demo.seed import VERSION, seed
from curation.models import Release
from evaluation.models import ModelEndpoint, RunStatus
from evaluation.runs import work_run
from tests.evaluation.cast import make_endpoint, make_run
from tests.evaluation.serving import MostAlike
from tests.factories import contents_of

pytestmark = pytest.mark.usefixtures("committed_db")

type Hashes = list[str]


def hashes_by_problem(release: Release) -> dict[str, Hashes]:
    """The images of each problem as its revision names them, the query's last."""
    contents = contents_of(release)
    hashes = {
        content.problem_id: [image.sha256 for image in content.images] for content in contents
    }
    assert [len(images) for images in hashes.values()] == [
        len(content.examples) + 1 for content in contents
    ]
    return hashes


def hashes_that_arrived(
    server: MostAlike, release: Release, endpoint: ModelEndpoint, preset: str
) -> tuple[dict[str, Any], list[Hashes]]:
    """By problem as the run recorded them, and by request as the server remembers them."""
    before = len(server.received)
    run = make_run(release, endpoint, preset)
    while work_run(run.pk):
        pass
    run.refresh_from_db()
    assert (run.status, run.excluded_count) == (RunStatus.FINISHED, 0)
    recorded = {
        row.revision.content().problem_id: row.images_received
        for row in run.predictions.with_parts()
    }
    return recorded, server.received[before:]


def test_every_image_of_every_problem_of_the_demo_arrives(most_alike: MostAlike) -> None:
    seed()
    release = Release.objects.get(version=VERSION)
    expected = hashes_by_problem(release)
    released = [
        entry for entry in read_collection().problems if entry["status"] in {"published", "retired"}
    ]
    assert sorted(map(len, expected.values())) == sorted(
        len(entry["examples"]) + 1 for entry in released
    )
    endpoint = make_endpoint(most_alike.base_url)
    for preset in ("in_context_open", "in_context_multiple_choice"):
        recorded, remembered = hashes_that_arrived(most_alike, release, endpoint, preset)
        assert recorded == expected
        assert Counter(map(tuple, remembered)) == Counter(map(tuple, expected.values()))

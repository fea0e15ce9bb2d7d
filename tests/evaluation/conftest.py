from collections.abc import Iterator

import pytest
from hypothesis import settings

from curation.domain.content import ProblemContent
from tests.evaluation.domain.builders import SMMILE, read_smmile
from tests.evaluation.serving import MostAlike, most_alike_server

# On a busy machine one example may take long; how long says nothing about the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def smmile() -> dict[str, ProblemContent]:
    """SMMILE's published problems by id, images made up."""
    if not SMMILE.is_dir():
        pytest.skip("SMMILE's published texts are not in ../shared/data/smmile")
    return read_smmile()


@pytest.fixture
def most_alike() -> Iterator[MostAlike]:
    """The local server that answers as the example whose image is most like the query's."""
    with most_alike_server() as server:
        yield server

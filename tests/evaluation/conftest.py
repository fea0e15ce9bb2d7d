from collections.abc import Iterator

import pytest

from tests.evaluation.serving import MostAlike, most_alike_server


@pytest.fixture
def most_alike() -> Iterator[MostAlike]:
    """The local server that answers as the example whose image is most like the query's."""
    with most_alike_server() as server:
        yield server

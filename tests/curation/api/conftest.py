"""What every test of the API needs."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _counted_anew() -> Iterator[None]:
    """No test is refused for what another asked."""
    cache.clear()
    yield
    cache.clear()

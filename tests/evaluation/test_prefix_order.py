"""In which order the requests of a run reach the server."""

import asyncio
from itertools import takewhile

import pytest
from aiohttp import web

from evaluation.models import RunStatus
from tests.evaluation.cast import make_endpoint, make_run, work_off
from tests.evaluation.serving import MostAlike
from tests.factories import make_release_of

pytestmark = pytest.mark.usefixtures("committed_db")


class _Watched:
    """Whether requests came while one was under way that begins like them, unread till then."""

    def __init__(self) -> None:
        self.early: list[bool] = []
        self.most_under_way = 0
        self._under_way: list[list[str]] = []
        self._answered: list[list[str]] = []

    async def behave(self, request: web.Request) -> None:
        """Look, and take as long as it needs for another to come meanwhile."""
        images = [
            part["image_url"]["url"]
            for turn in (await request.json())["messages"]
            for part in turn["content"]
            if isinstance(part, dict) and part["type"] == "image_url"
        ]
        known = self._most_shared(images, self._answered)
        self.early.append(self._most_shared(images, self._under_way) > known)
        self._under_way.append(images)
        self.most_under_way = max(self.most_under_way, len(self._under_way))
        await asyncio.sleep(0.05)
        self._under_way.remove(images)
        self._answered.append(images)

    @staticmethod
    def _most_shared(images: list[str], others: list[list[str]]) -> int:
        pairs = (zip(images, other, strict=True) for other in others)
        return max(
            (len(list(takewhile(lambda two: two[0] == two[1], one))) for one in pairs), default=0
        )


def test_the_first_of_a_shared_beginning_is_answered_before_its_siblings_are_asked(
    most_alike: MostAlike,
) -> None:
    watched = _Watched()
    most_alike.behave = watched.behave
    endpoint = make_endpoint(most_alike.base_url, max_concurrency=2)
    run = work_off(make_run(make_release_of(2), endpoint, "in_context_open_permuted"))
    assert run.status == RunStatus.FINISHED
    assert (len(watched.early), watched.most_under_way) == (12, 2)
    assert not any(watched.early[:9])  # after that nothing else is left to ask


def test_siblings_do_not_wait_where_nothing_else_could_be_asked(most_alike: MostAlike) -> None:
    under_way, is_full = 0, asyncio.Event()

    async def behave(_: web.Request) -> None:
        """Answer nobody before four ask at once, though there are but three beginnings."""
        nonlocal under_way
        under_way += 1
        if under_way == 4:
            is_full.set()
        async with asyncio.timeout(30):
            await is_full.wait()

    most_alike.behave = behave
    endpoint = make_endpoint(most_alike.base_url, max_concurrency=6)
    run = work_off(make_run(make_release_of(1), endpoint, "in_context_open_permuted"))
    assert run.status == RunStatus.FINISHED
    assert is_full.is_set()

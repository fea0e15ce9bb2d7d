"""Idempotency keys: a write that is sent twice is done once and answered alike."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from curation.models import IdempotentRequest, Image, Problem
from curation.repeating import Answered, Held, InProgressError, forget_requests, take_key
from curation.tasks import forget_requests as forget_task
from tests.curation.programs import Program
from tests.factories import make_person, png_bytes

_NEW = {"panels": [{"role": "example"}, {"role": "query"}]}
_PRINT = "0" * 64


@pytest.mark.django_db
class TestOneAfterTheOther:
    """The same client, which did not hear the answer."""

    @pytest.fixture
    def author(self) -> Program:
        return Program(make_person(is_author=True))

    def test_the_second_time_nothing_is_done_and_the_same_is_said(self, author: Program) -> None:
        first = author.post("/problems", _NEW, key="a-key")
        again = author.post("/problems", _NEW, key='"a-key"')
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == first.json()
        assert again["Idempotency-Replayed"] == "true"
        assert not first.has_header("Idempotency-Replayed")
        assert Problem.objects.count() == 1
        assert author.post("/problems", _NEW, key="another").json() != first.json()
        assert Problem.objects.count() == 2

    def test_a_key_is_for_one_request(self, author: Program) -> None:
        said = author.post("/problems", _NEW, key="a-key").json()
        other = {"panels": [{"role": "example", "answer": "A disc"}, {"role": "query"}]}
        for path, body in (("/problems", other), (f"/problems/{said['id']}/reopen", {})):
            refused = author.post(path, body, key="a-key")
            assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")

    def test_a_key_is_its_owner_s(self, author: Program) -> None:
        author.post("/problems", _NEW, key="a-key")
        other = Program(make_person(is_author=True))
        assert not other.post("/problems", _NEW, key="a-key").has_header("Idempotency-Replayed")
        assert Problem.objects.count() == 2

    def test_a_refusal_frees_the_key(self, author: Program) -> None:
        said = author.post("/problems", _NEW).json()
        path = f"/problems/{said['id']}"
        for _ in range(2):
            assert author.post(f"{path}/reopen", {}, key="a-key").status_code == 409
        assert not IdempotentRequest.objects.exists()
        assert author.post(f"{path}/withdraw", {}, key="a-key").status_code == 409

    def test_a_file_is_known_by_its_bytes(self, author: Program) -> None:
        said = author.post("/problems", _NEW).json()
        path = f"/problems/{said['id']}/panels/{said['panels'][0]['id']}/image"
        first = author.upload(path, png_bytes(1), key="a-key")
        assert author.upload(path, png_bytes(1), key="a-key").json() == first.json()
        assert author.upload(path, png_bytes(2), key="a-key").status_code == 422
        assert Image.objects.count() == 1

    @pytest.mark.parametrize("key", [" ", '"', '""', "a b", "é", "x" * 256, '"a"b'])
    def test_a_key_is_visible_ascii(self, key: str, author: Program) -> None:
        refused = author.post("/problems", _NEW, key=key)
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_idempotency_key")


@pytest.mark.django_db
class TestWhatIsLeft:
    """Rows of those who are no more."""

    def test_what_is_under_way_is_refused_until_its_process_is_given_up(self) -> None:
        person = make_person()
        assert isinstance(take_key(person, "a-key", _PRINT), Held)
        with pytest.raises(InProgressError):
            take_key(person, "a-key", _PRINT)
        IdempotentRequest.objects.update(leased_until=timezone.now())
        assert isinstance(take_key(person, "a-key", _PRINT), Held)

    def test_who_was_given_up_keeps_nothing(self) -> None:
        person = make_person()
        first = take_key(person, "a-key", _PRINT)
        IdempotentRequest.objects.update(leased_until=timezone.now())
        second = take_key(person, "a-key", _PRINT)
        assert isinstance(first, Held)
        assert isinstance(second, Held)
        with pytest.raises(InProgressError), first.answering():
            make_person("late@example.org")
            first.keep(200, "{}")
        assert not type(person).objects.filter(email="late@example.org").exists()
        with second.answering():
            second.keep(200, "{}")
        assert take_key(person, "a-key", _PRINT) == Answered(200, "{}")

    def test_after_a_day_a_key_is_new_and_its_row_is_swept(self) -> None:
        person = make_person()
        held = take_key(person, "a-key", _PRINT)
        assert isinstance(held, Held)
        held.keep(200, "{}")
        IdempotentRequest.objects.update(expires_at=timezone.now())
        assert isinstance(take_key(person, "a-key", "1" * 64), Held)
        forget_requests(timezone.now())
        assert IdempotentRequest.objects.count() == 1
        IdempotentRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        forget_task()
        assert not IdempotentRequest.objects.exists()


def _at_once(program: Program, times: int) -> list[Any]:
    barrier = threading.Barrier(times)

    def ask(_: int) -> Any:
        connection.ensure_connection()
        barrier.wait()
        try:
            return program.post("/problems", _NEW, key="a-key")
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(ask, range(times)))


@pytest.mark.usefixtures("committed_db")
def test_of_requests_at_once_one_is_done() -> None:
    for _ in range(5):
        Problem.objects.all().delete()
        IdempotentRequest.objects.all().delete()
        program = Program(make_person(is_author=True))
        answers = _at_once(program, 4)
        assert Problem.objects.count() == 1
        statuses = {answer.status_code for answer in answers}
        assert 201 in statuses
        assert statuses <= {201, 409}
        ids = {answer.json()["id"] for answer in answers if answer.status_code == 201}
        assert len(ids) == 1

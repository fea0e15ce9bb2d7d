"""What workers are granted, by the clock of a test."""

import random
from dataclasses import dataclass, field

import pytest

from evaluation.domain.allowance import (
    DOWN_AFTER,
    LEASE_SECONDS,
    REFUSING_SECONDS,
    Allowance,
    Grant,
    Limits,
    Report,
)

SIXTY_FOUR = Limits(at_once=64)


@dataclass
class Keeper:
    """The document as its keepers hold it: plain values between two reports."""

    limits: Limits = SIXTY_FOUR
    now: float = 1_000_000.0
    document: dict[str, object] = field(default_factory=dict)

    def tell(self, worker: str, **news: float) -> Grant:
        allowance = Allowance.from_json(self.document)
        report = Report(worker=worker, **news)  # type: ignore[arg-type]  # counts and seconds
        grant = allowance.exchange(report, self.limits, self.now)
        self.document = allowance.to_json()
        return grant


def test_one_worker_alone_gets_all_it_can_use() -> None:
    keeper = Keeper()
    assert keeper.tell("a", wanted=100).slots == 64
    assert keeper.tell("a", wanted=3, held=64).slots == 3


def test_a_second_worker_gets_its_part_as_the_first_lets_go() -> None:
    keeper = Keeper()
    assert keeper.tell("a", wanted=64).slots == 64
    assert keeper.tell("b", wanted=64).slots == 0
    assert keeper.tell("a", wanted=64, held=64, under_way=20).slots == 32
    assert keeper.tell("b", wanted=64).slots == 32


def test_what_one_leaves_another_may_use() -> None:
    keeper = Keeper()
    keeper.tell("a", wanted=10)
    assert keeper.tell("b", wanted=64).slots == 54


def test_many_workers_at_random_never_hold_more_than_the_limit() -> None:
    keeper, dice = Keeper(Limits(at_once=7)), random.Random(5)  # noqa: S311 - the same dice every time
    held = dict.fromkeys("abcdefghij", 0)
    for _ in range(2000):
        worker = dice.choice(list(held))
        under_way = dice.randint(0, held[worker])
        wanted = dice.choice((0, 1, 3, 7))
        held[worker] = max(
            under_way,
            keeper.tell(worker, under_way=under_way, held=held[worker], wanted=wanted).slots,
        )
        assert sum(held.values()) <= 7
        keeper.now += dice.random()


def test_what_a_silent_worker_held_is_free_after_its_lease() -> None:
    keeper = Keeper()
    keeper.tell("dead", wanted=64)
    keeper.now += LEASE_SECONDS - 1
    assert keeper.tell("b", wanted=64).slots == 0
    keeper.now += 2
    assert keeper.tell("b", wanted=64).slots == 64


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_clock_that_jumps_keeps_nobody_out_for_long(jump: float) -> None:
    keeper = Keeper()
    keeper.tell("dead", wanted=64)
    keeper.now += jump
    keeper.tell("b", wanted=64)
    keeper.now += LEASE_SECONDS + 1
    assert keeper.tell("b", wanted=64).slots == 64


def test_after_the_document_was_lost_nobody_takes_what_others_still_hold() -> None:
    keeper = Keeper()
    keeper.tell("a", wanted=64)
    keeper.tell("b", wanted=64)
    keeper.tell("a", wanted=64, held=64, under_way=32)
    keeper.tell("b", wanted=64)
    keeper.document = {}
    assert keeper.tell("a", wanted=64, held=32, under_way=32).slots == 32
    assert keeper.tell("b", wanted=64, held=32, under_way=32).slots == 32
    keeper.now += 4
    assert keeper.tell("a", wanted=64, held=32, under_way=32).slots == 32


def test_a_few_refusals_at_random_lower_nothing() -> None:
    keeper = Keeper()
    for _ in range(20):
        grant = keeper.tell("a", wanted=64, answered=85, refused=15, under_way=60, held=64)
        keeper.now += 0.3
    assert (grant.slots, grant.cuts) == (64, 0)


def test_a_true_cap_is_found_in_a_few_episodes_and_left_slowly() -> None:
    keeper = Keeper()
    keeper.tell("a", wanted=64)
    slots = [
        keeper.tell("a", wanted=64, refused=refused, under_way=32, held=64).slots
        for refused in (32, 19, 8)
    ]
    assert slots == [51, 40, 40]  # eight of forty are a fifth, and no more
    keeper.now += 1
    assert keeper.tell("a", wanted=64, answered=40, under_way=40, held=40).slots == 41


def test_after_a_cut_what_comes_back_is_not_replaced() -> None:
    keeper = Keeper()
    keeper.tell("a", wanted=64)
    grant = keeper.tell("a", wanted=64, held=64, under_way=64, started=64, refused=32)
    assert grant.slots < 64
    assert keeper.tell("b", wanted=64).slots == 0  # the first still has them under way


def test_refusals_of_requests_sent_before_the_cut_are_not_told_and_change_nothing() -> None:
    keeper = Keeper()
    keeper.tell("a", wanted=64)
    assert keeper.tell("a", wanted=64, refused=40, under_way=24, held=64).cuts == 1
    assert keeper.tell("a", wanted=64, refused=0, under_way=24, held=64).cuts == 1


def test_where_most_are_refused_all_wait_as_long_as_the_server_wishes() -> None:
    keeper = Keeper()
    keeper.tell("a", wanted=64)
    assert keeper.tell("a", wanted=64, refused=60, pause=20, under_way=4, held=64).wait == 20
    keeper.now += 15
    assert keeper.tell("b", wanted=1).wait == pytest.approx(5)


def test_failures_in_a_row_of_any_workers_leave_one_request_to_find_out() -> None:
    keeper = Keeper()
    keeper.tell("a", wanted=64)
    assert not keeper.tell("a", wanted=64, failures=DOWN_AFTER - 1, held=64).is_down
    grant = keeper.tell("b", wanted=64, failures=1)
    assert (grant.is_down, grant.probe_in) == (True, 5)
    assert keeper.tell("a", wanted=64, held=64).slots == 1
    assert not keeper.tell("a", wanted=64, held=1, answered=1).is_down


def test_the_longer_nothing_answers_the_rarer_it_is_tried() -> None:
    keeper = Keeper()
    waits = []
    keeper.tell("a", wanted=1, failures=DOWN_AFTER + 50)
    for _ in range(9):
        keeper.now += 1000
        waits.append(keeper.tell("a", wanted=1, failures=1).probe_in)
    assert waits == [10, 20, 40, 80, 160, 320, 600, 600, 600]


def test_nothing_but_refusals_for_a_minute_is_a_server_that_does_not_answer() -> None:
    keeper = Keeper()
    assert not keeper.tell("a", wanted=1, refused=1).is_down
    keeper.now += REFUSING_SECONDS + 1
    assert keeper.tell("a", wanted=1, refused=1).is_down


@pytest.mark.parametrize(("per_minute", "workers"), [(1, 1), (2, 3), (60, 1), (600, 3)])
def test_no_minute_sees_more_requests_than_are_allowed_in_one(
    per_minute: int, workers: int
) -> None:
    keeper = Keeper(Limits(at_once=64, requests_per_minute=per_minute))
    begun: list[float] = []
    used = dict.fromkeys(range(workers), 0)
    for step in range(1200):  # five minutes
        worker = step % workers
        starts = keeper.tell(str(worker), wanted=64, started=used[worker], answered=used[worker])
        used[worker] = starts.starts or 0
        begun += [keeper.now] * used[worker]
        keeper.now += 0.25
    busiest = max(sum(at <= other < at + 60 for other in begun) for at in begun)
    assert busiest <= per_minute
    assert len(begun) >= per_minute * 2


def test_tokens_a_minute_are_counted_by_what_answers_used() -> None:
    keeper = Keeper(Limits(at_once=64, tokens_per_minute=60_000))
    begun = used = 0
    for _ in range(1200):
        grant = keeper.tell("a", wanted=64, started=used, answered=used, tokens=used * 1000)
        used = grant.starts or 0
        begun += used
        keeper.now += 0.25
    assert 250 <= begun <= 305  # five minutes at sixty


def test_a_request_that_needs_more_than_half_a_minute_of_tokens_waits_for_them() -> None:
    keeper = Keeper(Limits(at_once=4, tokens_per_minute=1000))
    begun = used = 0
    for _ in range(1200):
        grant = keeper.tell("a", wanted=4, started=used, answered=used, tokens=used * 900)
        used = grant.starts or 0
        begun += used
        keeper.now += 0.25
    assert 3 <= begun <= 6


def test_a_brief_worker_goes_first_where_one_request_is_allowed() -> None:
    keeper = Keeper(Limits(at_once=1))
    assert keeper.tell("run", wanted=5).slots == 1
    assert keeper.tell("trial", wanted=1, is_brief=True).slots == 0
    assert keeper.tell("run", wanted=5, held=1).slots == 0
    assert keeper.tell("trial", wanted=1, is_brief=True).slots == 1
    assert keeper.tell("run", wanted=5).slots == 0
    keeper.tell("trial", is_brief=True)
    assert keeper.tell("run", wanted=5).slots == 1


def test_a_brief_worker_takes_no_more_from_others_than_it_wants() -> None:
    keeper = Keeper()
    keeper.tell("trial", wanted=1, is_brief=True)
    assert keeper.tell("run", wanted=64).slots == 63

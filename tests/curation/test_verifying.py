"""The chain after what only a superuser of the database could do to it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from curation import auditing, claiming
from curation.models import ChainEnd, HistoryEntry, Review, Status, StatusChange
from curation.verifying import BrokenHistoryError, Mark, verify_history
from tests.curation.statuses import bring_to, current, make_crew
from tests.curation.tampering import guards_lifted
from tests.factories import make_person

pytestmark = pytest.mark.django_db

_ENTRIES = 13


@pytest.fixture
def chain() -> list[HistoryEntry]:
    """Some signing in, then a problem on its way: entries 7 to 11 tell of it."""
    person = make_person()
    for _ in range(6):
        auditing.record_sign_in(person)
    bring_to(Status.PUBLISHED, make_crew())
    entries = list(HistoryEntry.objects.in_order())
    assert len(entries) == _ENTRIES
    return entries


@pytest.fixture
def _superuser() -> Iterator[None]:
    with guards_lifted():
        yield


def _entry(number: int) -> "HistoryEntry":
    return HistoryEntry.objects.get(number=number)


def _says() -> str:
    with pytest.raises(CommandError) as raised:
        call_command("verify_history", stdout=StringIO())
    assert raised.value.returncode == 1
    return str(raised.value)


def test_an_empty_history_holds() -> None:
    assert verify_history() == Mark(0, "0" * 64)


def test_the_command_says_where_the_chain_ends(chain: list[HistoryEntry]) -> None:
    said = StringIO()
    call_command("verify_history", stdout=said)
    assert said.getvalue() == (
        f"13 entries, every link holds. The chain ends at 13:{chain[-1].sha256}\n"
    )


def test_a_chain_longer_than_one_look_holds(
    chain: list[HistoryEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.verifying._AT_ONCE", 5)
    assert verify_history().number == _ENTRIES


def _changes_who() -> None:
    HistoryEntry.objects.filter(number=4).update(person=make_person())


def _changes_when() -> None:
    HistoryEntry.objects.filter(number=4).update(at=_entry(4).at - timedelta(days=1))


def _changes_details() -> None:
    HistoryEntry.objects.filter(number=4).update(details={"made": "up"})


def _changes_the_hash() -> None:
    HistoryEntry.objects.filter(number=4).update(sha256="1" * 64)


def _deletes_one() -> None:
    HistoryEntry.objects.filter(number=4)._raw_delete("default")


def _deletes_the_first() -> None:
    HistoryEntry.objects.filter(number=1)._raw_delete("default")


def _deletes_the_last() -> None:
    HistoryEntry.objects.filter(number=_ENTRIES)._raw_delete("default")


def _deletes_all() -> None:
    HistoryEntry.objects.all()._raw_delete("default")


def _changes_one_with_its_hash() -> None:
    entry = _entry(4)
    entry.details = {"made": "up"}
    entry.sha256 = entry.link().sha256()
    entry.save()


@pytest.mark.usefixtures("_superuser")
@pytest.mark.parametrize(
    ("tamper", "number", "flaw"),
    [
        (_changes_who, 4, "its hash is not that of what it says"),
        (_changes_when, 4, "its hash is not that of what it says"),
        (_changes_details, 4, "its hash is not that of what it says"),
        (_changes_the_hash, 4, "its hash is not that of what it says"),
        (_changes_one_with_its_hash, 5, "it does not hold the hash of the entry before"),
        (_deletes_one, 4, "it is missing"),
        (_deletes_the_first, 1, "it is missing"),
        (_deletes_the_last, _ENTRIES, "it is missing"),
        (_deletes_all, 1, "it is missing"),
    ],
)
def test_the_first_broken_link_is_named(
    chain: list[HistoryEntry], tamper: Callable[[], None], number: int, flaw: str
) -> None:
    tamper()
    said = _says()
    assert said.startswith(f"Entry {number}")
    assert said.endswith(f"is the first broken link: {flaw}.")


@pytest.mark.usefixtures("_superuser")
def test_whom_an_editor_asked_cannot_be_made_another() -> None:
    crew = make_crew()
    problem, (asked, other, _) = bring_to(Status.SUBMITTED, crew), crew.reviewers
    claiming.assign(problem, asked, by=crew.editor)
    claiming.decline(current(problem), other)
    number = verify_history().number - 1
    HistoryEntry.objects.filter(number=number).update(subject_id=str(other.pk))
    assert _says().startswith(f"Entry {number}")


@pytest.mark.usefixtures("_superuser")
def test_its_time_is_named_too(chain: list[HistoryEntry]) -> None:
    _changes_who()
    assert f"Entry 4 ({chain[3].at:%Y-%m-%d %H:%M:%S.%f} UTC)" in _says()


@pytest.mark.usefixtures("_superuser")
def test_of_a_missing_link_the_time_of_the_next_is_named(chain: list[HistoryEntry]) -> None:
    _deletes_one()
    assert f"Entry 4 (before {chain[4].at:%Y-%m-%d %H:%M:%S.%f} UTC)" in _says()


@pytest.mark.usefixtures("_superuser")
def test_an_end_that_was_set_back_with_its_tail_is_seen_by_the_moves_it_told_of(
    chain: list[HistoryEntry],
) -> None:
    kept = chain[9]  # it tells of the second verdict; that of the move to published is gone
    HistoryEntry.objects.newer_than(kept.number)._raw_delete("default")
    ChainEnd.objects.update(number=kept.number, sha256=kept.sha256)
    assert _says().startswith("No entry tells of statuschange")


@pytest.mark.usefixtures("_superuser")
def test_an_end_that_says_another_hash_is_seen(chain: list[HistoryEntry]) -> None:
    ChainEnd.objects.update(sha256="2" * 64)
    assert _says().startswith(f"Entry {_ENTRIES}")


@pytest.mark.usefixtures("_superuser")
def test_an_end_that_is_gone_is_seen(chain: list[HistoryEntry]) -> None:
    ChainEnd.objects.all()._raw_delete("default")
    assert _says() == "The row that says where the history ends is gone."


@pytest.mark.usefixtures("_superuser")
def test_a_chain_that_was_written_anew_is_seen_by_whoever_noted_its_end(
    chain: list[HistoryEntry],
) -> None:
    noted = f"6:{chain[5].sha256}"
    call_command("verify_history", noted=Mark(6, chain[5].sha256), stdout=StringIO())
    previous = chain[2].sha256
    for entry in chain[3:]:
        entry.previous_sha256 = previous
        entry.details = entry.details if entry.number > 4 else {"made": "up"}
        previous = entry.sha256 = entry.link().sha256()
        entry.save()
    ChainEnd.objects.update(sha256=previous)
    assert verify_history().number == _ENTRIES
    with pytest.raises(CommandError, match=r"Entry 6 .* written anew"):
        call_command("verify_history", f"--noted={noted}", stdout=StringIO())


def test_a_noted_entry_that_is_not_there_is_missing(chain: list[HistoryEntry]) -> None:
    with pytest.raises(BrokenHistoryError, match=r"Entry 14 .*it is missing"):
        verify_history(Mark(20, "3" * 64))


@pytest.mark.usefixtures("_superuser")
def test_what_happened_before_there_was_a_history_is_entered_by_its_time(
    chain: list[HistoryEntry],
) -> None:
    HistoryEntry.objects.all()._raw_delete("default")
    ChainEnd.objects.all()._raw_delete("default")
    import_module("curation.migrations.0009_history").begin_the_chain(apps, None)
    told = list(HistoryEntry.objects.in_order())
    assert [entry.what for entry in told] == [
        "move.submit",
        "review.approve",
        "review.approve",
        "move.approve",
        "move.publish",
    ]
    assert all(entry.details["added"] for entry in told)
    assert told[0].at == StatusChange.objects.earliest("pk").changed_at
    assert verify_history() == Mark(5, told[-1].sha256)


@pytest.mark.parametrize("noted", ["13", "x:y", f"{'1' * 19}:{'a' * 64}", f"1:{'A' * 64}"])
def test_what_was_never_printed_cannot_have_been_noted(noted: str) -> None:
    with pytest.raises(CommandError, match="as printed before"):
        call_command("verify_history", f"--noted={noted}")


@pytest.mark.usefixtures("_superuser")
@pytest.mark.parametrize(
    "change",
    [
        lambda: StatusChange.objects.filter(move="approve").update(comment="Never mind."),
        lambda: StatusChange.objects.filter(move="publish").update(changed_by=make_person()),
        lambda: Review.objects.filter(verdict="approve").update(verdict="reject", comment="No."),
        lambda: Review.objects.update(checklist={"answer_right": False}),
    ],
)
def test_a_record_that_says_something_else_than_its_entry_is_seen(
    chain: list[HistoryEntry], change: Callable[[], None]
) -> None:
    change()
    assert "which was changed since" in _says()


@pytest.mark.usefixtures("_superuser")
@pytest.mark.parametrize("model", [StatusChange, Review])
def test_a_record_that_is_gone_is_seen(
    chain: list[HistoryEntry], model: type[StatusChange] | type[Review]
) -> None:
    model.objects.filter(pk=model.objects.latest("pk").pk)._raw_delete("default")
    assert "which is gone" in _says()


def test_a_move_past_the_verbs_is_seen(chain: list[HistoryEntry]) -> None:
    first = StatusChange.objects.earliest("pk")
    StatusChange.objects.create(
        problem=first.problem,
        move="withdraw",
        old="submitted",
        new="withdrawn",
        changed_by=first.changed_by,
    )
    assert _says().startswith("No entry tells of statuschange")


def test_a_review_past_the_verbs_is_seen(chain: list[HistoryEntry]) -> None:
    review = Review.objects.earliest("pk")
    Review.objects.create(revision=review.revision, reviewer=make_person(), verdict="approve")
    assert _says().startswith("No entry tells of review")

"""What a release lists by choice, and whose answers it holds out."""

from collections.abc import Callable
from pathlib import Path

import pytest

from curation import releases, workflow
from curation.composing import Choice
from curation.domain.bundle.statement import DataStatement
from curation.errors import WrongMomentError
from curation.exporting import export_release
from curation.instructing import Edition, current_instructions, edit_instructions
from curation.models import (
    BlindAnswer,
    HistoryEntry,
    Problem,
    Release,
    Specialty,
    Stage,
    Status,
    What,
)
from tests.curation.invariants import broken_invariants
from tests.curation.statuses import (
    Crew,
    approve_by_two,
    current,
    cut_and_publish,
    know_answer,
    make_crew,
    make_draft,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Crew:
    return make_crew()


def _approved(crew: Crew, specialty: str = "radiology") -> Problem:
    Specialty.objects.get_or_create(slug=specialty, defaults={"name": specialty.capitalize()})
    problem = make_draft(crew)
    Problem.objects.filter(pk=problem.pk).update(specialty=specialty)
    problem = Problem.objects.get(pk=problem.pk)
    submit(problem, crew)
    approve_by_two(problem, crew)
    return Problem.objects.get(pk=problem.pk)


def _listed(release: Release) -> set[Problem]:
    return {item.problem for item in release.items.all()}


def _held_out(release: Release) -> set[Problem]:
    return {item.problem for item in release.items.held_out()}


def test_some_specialties_are_chosen(crew: Crew) -> None:
    wanted = _approved(crew, "surgery")
    _approved(crew, "radiology")
    choice = Choice(specialties=frozenset({"surgery"}))
    release = releases.cut_release("1.0.0", notes="", by=crew.editor, choice=choice)
    assert _listed(release) == {wanted}


def test_single_problems_are_left_out_and_stay_as_they_are(crew: Crew) -> None:
    one, other = _approved(crew), _approved(crew)
    choice = Choice(left_out=frozenset({one.pk}))
    release = cut_and_publish("1.0.0", by=crew.editor, choice=choice)
    assert _listed(release) == {other}
    one.refresh_from_db()
    assert one.status == Status.APPROVED


def test_nothing_chosen_is_no_release(crew: Crew) -> None:
    problem = _approved(crew)
    with pytest.raises(WrongMomentError, match="Nothing is chosen"):
        releases.cut_release(
            "1.0.0",
            notes="",
            by=crew.editor,
            choice=Choice(left_out=frozenset({problem.pk})),
        )


def test_the_card_tells_what_was_left_out_from_what_was_retired(crew: Crew, tmp_path: Path) -> None:
    stays, left_out, gone = (_approved(crew) for _ in range(3))
    cut_and_publish("1.0.0", by=crew.editor)
    gone.refresh_from_db()
    workflow.retire(gone, by=crew.editor, comment="Wrong side.")
    choice = Choice(left_out=frozenset({left_out.pk}))
    release = cut_and_publish("1.1.0", by=crew.editor, choice=choice)
    assert _listed(release) == {stays}
    assert release.card["last_version"] == "1.0.0"
    assert release.card["left_out"] == [str(left_out.pk)]
    assert [each["problem_id"] for each in release.card["retired"]] == [str(gone.pk)]
    export_release(release, tmp_path)
    card = (tmp_path / "README.md").read_text()
    _, _, said = card.partition("## Not in this release")
    assert f"/releases/1.0.0/problems/{left_out.pk}/" in said
    assert str(gone.pk) not in said
    assert left_out in _listed(cut_and_publish("1.2.0", by=crew.editor))


def test_a_share_of_each_specialty_is_held_out(crew: Crew) -> None:
    problems = [_approved(crew, name) for name in ["radiology"] * 4 + ["surgery"] * 2]
    release = releases.cut_release("1.0.0", notes="", by=crew.editor, held_out_percent=50, seed=7)
    held = _held_out(release)
    assert sorted(problem.specialty_id or "" for problem in held) == ["radiology"] * 2 + ["surgery"]
    assert _listed(release) == set(problems)
    seals = [item.seal for item in release.items.held_out()]
    assert len(set(seals)) == len(seals)
    assert all(len(bytes.fromhex(seal)) == 32 for seal in seals)
    assert (release.held_out_percent, release.seed) == (50, 7)
    told = HistoryEntry.objects.get(what=What.RELEASE_CUT).details
    assert (told["problems"], told["held_out"]) == (6, 3)


def test_the_same_seed_holds_the_same_problems_out_again(crew: Crew) -> None:
    for _ in range(6):
        _approved(crew)
    draws = []
    for seed in (1, 1, 2, 3, 4):
        draft = releases.cut_release(
            "1.0.0", notes="", by=crew.editor, held_out_percent=50, seed=seed
        )
        draws.append(frozenset(_held_out(draft)))
        releases.discard_release(draft, by=crew.editor)
    assert draws[0] == draws[1]
    assert len(set(draws)) > 1


def test_an_answer_that_was_published_is_never_held_out(crew: Crew) -> None:
    told = _approved(crew)
    cut_and_publish("1.0.0", by=crew.editor)
    new = _approved(crew)
    release = cut_and_publish("1.1.0", by=crew.editor, held_out_percent=90)
    assert _held_out(release) == {new}
    assert told in _listed(release)
    assert broken_invariants() == {}


def test_what_a_yanked_release_told_stays_known(crew: Crew) -> None:
    _approved(crew)
    first = cut_and_publish("1.0.0", by=crew.editor)
    releases.yank_release(first, because="Wrong license.", by=crew.editor)
    assert not _held_out(cut_and_publish("1.1.0", by=crew.editor, held_out_percent=90))


def test_what_is_held_out_stays_so_with_a_new_seal_whatever_the_share_is(crew: Crew) -> None:
    problem = _approved(crew)
    first = cut_and_publish("1.0.0", by=crew.editor, held_out_percent=90)
    second = cut_and_publish("1.1.0", by=crew.editor)
    assert _held_out(first) == _held_out(second) == {problem}
    assert first.items.get().seal != second.items.get().seal


def test_a_draft_that_was_discarded_told_nobody_anything(crew: Crew) -> None:
    problem = _approved(crew)
    draft = releases.cut_release("1.0.0", notes="", by=crew.editor)
    releases.discard_release(draft, by=crew.editor)
    release = cut_and_publish("1.0.0", by=crew.editor, held_out_percent=90)
    assert _held_out(release) == {problem}


def test_what_the_instructions_teach_with_is_not_drawn(crew: Crew) -> None:
    taught = _approved(crew)
    others = {_approved(crew) for _ in range(2)}
    edition = Edition(text="Write well.", good=taught.current_revision, good_because="So.")
    edit_instructions(edition, started_from=current_instructions().pk, by=crew.editor)
    assert _held_out(cut_and_publish("1.0.0", by=crew.editor, held_out_percent=90)) == others


def test_the_statement_counts_who_made_and_judged_what_is_in_the_release(crew: Crew) -> None:
    problem, other_crew = _approved(crew), make_crew()
    unlisted = _approved(other_crew, "surgery")
    for one, is_right in ((problem, True), (unlisted, False)):
        BlindAnswer.objects.create(
            revision=current(one),
            reviewer=crew.reviewers[2],
            stage=Stage.ZERO_SHOT,
            answer="Edema",
            is_right=is_right,
            seconds=5,
        )
    choice = Choice(specialties=frozenset({"radiology"}))
    release = releases.cut_release(
        "1.0.0", notes="", by=crew.editor, choice=choice, limits=" Adults only. "
    )
    statement = DataStatement.from_json(release.card["statement"])
    assert (statement.authors_count, statement.reviewers_count) == (1, 2)
    assert statement.limits == "Adults only."
    (line,) = statement.human_baseline
    assert (line.shots, line.k, line.n, line.skipped) == ("0-shot", 1, 1, 2)
    assert line.low is not None
    lines = {line.what: line for line in statement.agreement}
    assert list(lines)[:3] == ["verdict", "specialty", "answer format"]
    assert lines["specialty"].revisions == 1
    assert lines["specialty"].kappa is None  # all say the same one thing: chance explains it
    assert lines["specialty"].low is None


def _twice(crew: Crew) -> None:
    releases.cut_release("1.0.0", notes="", by=crew.editor)
    releases.cut_release("1.1.0", notes="", by=crew.editor)


def _before_its_files(crew: Crew) -> None:
    draft = releases.cut_release("1.0.0", notes="", by=crew.editor)
    releases.publish_release(draft, by=crew.editor)


def _published_twice(crew: Crew) -> None:
    release = cut_and_publish("1.0.0", by=crew.editor)
    releases.publish_release(release, by=crew.editor)


def _discard_published(crew: Crew) -> None:
    release = cut_and_publish("1.0.0", by=crew.editor)
    releases.discard_release(release, by=crew.editor)


def _discard_writing(crew: Crew) -> None:
    draft = releases.cut_release("1.0.0", notes="", by=crew.editor)
    Release.objects.update(status=Release.Status.WRITING)
    releases.discard_release(draft, by=crew.editor)


def _publish_discarded(crew: Crew) -> None:
    draft = releases.cut_release("1.0.0", notes="", by=crew.editor)
    gone = Release.objects.get()
    releases.discard_release(draft, by=crew.editor)
    releases.publish_release(gone, by=crew.editor)


def _yank_draft(crew: Crew) -> None:
    draft = releases.cut_release("1.0.0", notes="", by=crew.editor)
    releases.yank_release(draft, because="Wrong.", by=crew.editor)


def _yank_twice(crew: Crew) -> None:
    release = cut_and_publish("1.0.0", by=crew.editor)
    for _ in range(2):
        releases.yank_release(release, because="Wrong.", by=crew.editor)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (_twice, "still a draft"),
        (_before_its_files, "not complete yet"),
        (_published_twice, "published already"),
        (_discard_published, "can be yanked"),
        (_discard_writing, "Stop that first"),
        (_publish_discarded, "was discarded a moment ago"),
        (_yank_draft, "Only a published release"),
        (_yank_twice, "Only a published release"),
    ],
)
def test_at_the_wrong_moment_it_is_refused_in_words(
    act: Callable[[Crew], None], words: str, crew: Crew
) -> None:
    _approved(crew)
    with pytest.raises(WrongMomentError, match=words):
        act(crew)
    assert broken_invariants() == {}


def test_a_draft_publishes_nothing_and_what_fell_since_stops_it(crew: Crew) -> None:
    problem = _approved(crew)
    draft = releases.cut_release("1.0.0", notes="", by=crew.editor)
    Release.objects.update(status=Release.Status.READY)
    assert Problem.objects.get().status == Status.APPROVED
    know_answer(problem, crew.reviewers[2])
    workflow.withdraw(problem, by=crew.author)
    with pytest.raises(WrongMomentError, match="No longer as it was when the release was cut"):
        releases.publish_release(draft, by=crew.editor)
    assert Release.objects.get().is_draft

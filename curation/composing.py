"""What a release would list, and of what it would hold the answer back: shown, then cut so."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from curation.domain.holding_out import draw_held_out
from curation.models import Problem, ReleaseItem, Revision, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of all that may be released: some specialties (None for all), less single problems."""

    specialties: frozenset[str] | None = None
    left_out: frozenset[UUID] = frozenset()

    def takes(self, problem: Problem) -> bool:
        """Whether a release so chosen lists it."""
        is_wanted = self.specialties is None or problem.specialty_id in self.specialties
        return is_wanted and problem.pk not in self.left_out


EVERYTHING = Choice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """The problems of a release in its order, and which of them it holds out."""

    problems: Sequence[Problem]
    held_out: Collection[UUID]

    @property
    def new_count(self) -> int:
        """How many no release published before."""
        return sum(problem.status == Status.APPROVED for problem in self.problems)

    @property
    def again_count(self) -> int:
        """How many an earlier release published."""
        return len(self.problems) - self.new_count

    def by_specialty(self) -> "dict[str, SpecialtyCount]":
        """How many of each specialty, by its slug."""
        new = Counter(p.specialty_id for p in self.problems if p.status == Status.APPROVED)
        total = Counter(p.specialty_id for p in self.problems)
        held = Counter(p.specialty_id for p in self.problems if p.pk in self.held_out)
        return {
            slug or "": SpecialtyCount(total=count, new=new[slug], held_out=held[slug])
            for slug, count in total.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialtyCount:
    """Of one specialty: how many in all, new ones among them, held-out ones among them."""

    total: int
    new: int
    held_out: int


def compose(
    releasable: Iterable[Problem], choice: Choice, *, held_out_percent: int, seed: int
) -> Composition:
    """What of these a release lists by this choice; of the new ones a share is held out, by lot.

    An answer that was published once is known for good. What was held out stays so, whatever the
    share is now; what the instructions teach with is no secret and is never drawn.
    """
    problems = [problem for problem in releasable if choice.takes(problem)]
    known = set(ReleaseItem.objects.disclosing().values_list("problem", flat=True))
    taught = set(Revision.objects.taught().values_list("problem", flat=True))
    kept = {p.pk for p in problems if p.status == Status.PUBLISHED and p.pk not in known}
    strata = {
        str(problem.pk): problem.specialty_id or ""
        for problem in problems
        if problem.status == Status.APPROVED and problem.pk not in known | taught
    }
    drawn = draw_held_out(strata, percent=held_out_percent, seed=seed)
    return Composition(problems=problems, held_out=kept | {UUID(name) for name in drawn})

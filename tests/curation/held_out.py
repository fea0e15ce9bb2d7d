"""A problem of which a published release holds the answer back, and who reads of it."""

from dataclasses import dataclass

from curation.models import Image, Problem, Release, User
from curation.releases import suggested_version
from tests.curation.statuses import Crew, approve_by_two, cut_and_publish, make_crew, submit
from tests.factories import DIAGNOSES, Shown, make_person, make_problem

SECRET = "Zenker diverticulum"
VARIANT = "Killian dehiscence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The release with its one problem, its people, and those who had nothing to do with it."""

    crew: Crew
    problem: Problem
    release: Release
    strangers: dict[str, User]

    @property
    def insiders(self) -> dict[str, User]:
        """Who knows the answer: the author, who judged it, the editors."""
        judge, _, _ = self.crew.reviewers
        return {"author": self.crew.author, "judge": judge, "editor": self.crew.editor}


def make_kept() -> Kept:
    """Published with its answer held out; the description of the query's image tells it, too."""
    crew = make_crew()
    examples = tuple(Shown(answer=answer) for answer in DIAGNOSES)
    query = Shown(answer=SECRET, accepted_variants=(VARIANT,))
    problem = make_problem(crew.author, examples=examples, query=query)
    shown = Image.objects.filter(panels__problem=problem, panels__role="query")
    shown.update(alt_text=f"A {SECRET}, seen from behind", source=f"Atlas of {SECRET}")
    submit(problem, crew)
    approve_by_two(problem, crew)
    strangers = {
        "reader": make_person(),
        "other author": make_person(is_author=True),
        "reviewer": make_person(is_reviewer=True),
    }
    release = cut_and_publish(suggested_version(), by=crew.editor, held_out_percent=90)
    assert release.items.held_out().of_problems([problem]).exists()
    problem = Problem.objects.get(pk=problem.pk)
    return Kept(crew=crew, problem=problem, release=release, strangers=strangers)


def told(text: str) -> list[str]:
    """Which words of the answer a text says."""
    folded = text.lower()
    words = {*SECRET.lower().split(), *VARIANT.lower().split()}
    return sorted(word for word in words if word in folded)

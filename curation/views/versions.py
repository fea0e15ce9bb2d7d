"""The revisions of a problem: its history, and what changed from one to another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curation.domain.anchors import ANNOTATIONS
from curation.domain.difference import PanelDifference, Part, TextDifference, compare, compare_words
from curation.forms.comparing import CompareForm
from curation.http import AuthenticatedRequest, allowed_to
from curation.models import (
    ANNOTATION_CHOICES,
    Image,
    Problem,
    Provenance,
    Review,
    Revision,
    Specialty,
    StatusChange,
    User,
)
from curation.naming import name_for
from curation.permissions import (
    can_read_reason,
    can_see_answer,
    can_see_draft,
    is_member,
)
from curation.views.blinding import blind_first
from curation.views.problems import fetch_problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPanelDifference:
    """A panel that changed, with its pictures where another one is shown now."""

    panel: PanelDifference
    image_before: Image | None
    image_after: Image | None

    @property
    def label(self) -> str:
        """What pages call it now, or called it while it was there."""
        return self.panel.label_after or self.panel.label_before

    @property
    def texts(self) -> Sequence[TextDifference]:
        """The fields that changed."""
        return self.panel.texts

    @property
    def notes(self) -> list[str]:
        """What became of it as a whole."""
        was = f"was {self.panel.label_before}"
        notes = {
            "added": self.panel.is_added,
            "removed": self.panel.is_removed,
            was: self.panel.is_moved or self.panel.is_relabelled,
        }
        return [note for note, is_so in notes.items() if is_so]


@dataclass(frozen=True, slots=True)
class ShownText:
    """A choice that changed, in the words of its list."""

    words: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDifference:
    """What changed from one revision to another, for components/difference.html."""

    before: Revision
    after: Revision
    annotations: Sequence[ShownText]
    panels: Sequence[ShownPanelDifference]

    @property
    def is_empty(self) -> bool:
        """Whether both say the same."""
        return not self.annotations and not self.panels


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An annotation that a reviewer would choose otherwise."""

    annotation: str
    chosen: str
    proposed: str
    reviewer: str
    revision: int


def shown_difference(before: Revision, after: Revision) -> ShownDifference:
    """Word by word and image by image. Call it only for who may see the answer."""
    difference = compare(before.content(), after.content())
    images = {
        image.sha256: image for revision in (before, after) for image in revision.images.all()
    }
    panels = [
        ShownPanelDifference(
            panel=panel,
            image_before=images.get(panel.image_before),
            image_after=images.get(panel.image_after),
        )
        for panel in difference.panels
    ]
    annotations = _in_words(difference.annotations)
    return ShownDifference(before=before, after=after, annotations=annotations, panels=panels)


def _in_words(texts: Sequence[TextDifference]) -> list[ShownText]:
    labels = _labels() if texts else {}
    shown = []
    for text in texts:
        known = labels[text.field]
        said = (known.get(text.before, text.before), known.get(text.after, text.after))
        shown.append(ShownText(text.words, compare_words(*said)))
    return shown


def _labels() -> dict[str, dict[str, str]]:
    """What the values of each annotation are called."""
    specialties = dict(Specialty.objects.values_list("slug", "name"))
    known = {name: dict(choices.choices) for name, choices in ANNOTATION_CHOICES.items()}
    return {"specialty": specialties, **known}


def difference_since_judged(revision: Revision, person: User) -> ShownDifference | None:
    """What changed since the revision that this reviewer judged last; None for a first review."""
    earlier = Revision.objects.before(revision).judged_by(person).first()
    return shown_difference(earlier, revision) if earlier else None


def proposals(reviews: Sequence[Review], reader: User) -> list[Proposal]:
    """Where reviewers' annotations differ from what they were shown, the newest revision first."""
    labels = _labels() if reviews else {}
    return [found for review in reviews for found in _proposed(review, reader, labels)]


def _proposed(
    review: Review, reader: User, labels: Mapping[str, Mapping[str, str]]
) -> Iterator[Proposal]:
    chosen = review.revision.content().annotations
    for name, words in ANNOTATIONS.items():
        said, was = review.annotations.get(name, ""), getattr(chosen, name)
        if said and said != was:
            yield Proposal(
                annotation=words.capitalize(),
                chosen=labels[name].get(was, was),
                proposed=labels[name].get(said, said),
                reviewer=name_for(reader, review.reviewer, review.revision.problem),
                revision=review.revision.number,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShownChange:
    """A move with what this reader may know of it."""

    change: StatusChange
    who: str
    reason: str


@require_safe
@allowed_to(is_member)
def problem_history(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Moves and verdicts on all revisions, newest first; what changed between any two of them."""
    person = request.user
    problem = fetch_problem(request, problem_id)
    if away := blind_first(request, problem):
        return away
    reviews = visible_reviews(person, problem)
    may_compare = can_see_answer(person, problem)
    form = CompareForm(list(problem.revisions.all()), request.GET or None)
    chosen = form.chosen() if may_compare else None
    context = {
        "problem": problem,
        "changes": list(_changes(person, problem)),
        "reviews": reviews,
        "provenances": Provenance.objects.of_revisions(problem.revisions.all()),
        "proposals": proposals(reviews, person) if can_see_draft(person, problem) else [],
        "form": form if may_compare and len(form.revisions) > 1 else None,
        "difference": shown_difference(*chosen) if chosen else None,
    }
    is_refused = form.is_bound and not form.is_valid()
    return render(
        request, "curation/problem_history.html", context, status=422 if is_refused else 200
    )


def visible_reviews(person: User, problem: Problem) -> list[Review]:
    """The verdicts on all revisions that this person may read, the newest revision's first."""
    return list(Review.objects.of_problem(problem).visible_to(person).with_parts())


def _changes(person: User, problem: Problem) -> Iterator[_ShownChange]:
    changes = problem.status_changes.select_related("changed_by", "revision__problem")
    for change in changes.reverse():
        yield _ShownChange(
            change=change,
            who=name_for(person, change.changed_by, problem),
            reason=change.comment if can_read_reason(person, change) else "",
        )

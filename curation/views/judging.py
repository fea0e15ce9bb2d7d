"""What the page of a review shows at each of its steps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from curation import claiming
from curation.domain.rules import findings
from curation.forms.blind import BlindAnswerForm, SkipForm
from curation.forms.deciding import VerdictForms
from curation.models import AnswerSeen, BlindAnswer, Review, Revision, Stage, User
from curation.permissions import can_see_reviews
from curation.views.blinding import blinded_panels, options_of
from curation.views.commented import shown_comments
from curation.views.showing import explained, shown_revision
from curation.views.versions import difference_since_judged

_STEPS = ("The query alone", "With the examples", "The answer and your verdict")


@dataclass(frozen=True, slots=True)
class Step:
    """One of the three steps, in words, and whether it is the one on the page."""

    words: str
    is_current: bool


def steps(current: int) -> list[Step]:
    """All three, numbered from 0."""
    return [Step(words, number == current) for number, words in enumerate(_STEPS)]


def blind_context(
    revision: Revision,
    left: Sequence[Stage],
    person: User,
    *,
    form: BlindAnswerForm | None = None,
    skip: SkipForm | None = None,
) -> dict[str, Any]:
    """A step before the truth: nothing in here tells the answer, or what others say of it."""
    stage, panels = left[0], blinded_panels(revision, left[0])
    return {
        "stage": stage,
        "is_alone": stage is Stage.ZERO_SHOT,
        "steps": steps(0 if stage is Stage.ZERO_SHOT else 1),
        "question": panels[-1].content.question,
        "panels": panels,
        "form": form or BlindAnswerForm(options=options_of(revision, stage)),
        "skip": skip or SkipForm(),
        "is_rest_left": len(left) > 1,
        "has_place": revision.claims.by(person).held_at(timezone.now()).exists(),
        "saw_examples": stage is Stage.IN_CONTEXT and _saw_examples(revision, person),
    }


def _saw_examples(revision: Revision, person: User) -> bool:
    """Whether the step before was left out because an earlier revision showed them."""
    return not BlindAnswer.objects.by(person).of(revision).exists()


def truth_context(
    revision: Revision, person: User, *, at: str = "", forms: VerdictForms | None = None
) -> dict[str, Any]:
    """The last step: everything, with what this reviewer answered beside what is right.

    `at` is the place that a comment is to be written at.
    """
    shown, mine = shown_revision(revision), revision.reviews.by(person).first()
    reviews = revision.reviews.with_parts() if can_see_reviews(person, revision) else []
    seen = person.answers_seen.of_problem(revision.problem)
    is_barred = seen.elsewhere_than_reviewing(person).exists()
    is_wanted = mine is None and revision.is_under_review
    why_no_place = claiming.why_no_place(revision, person) if is_wanted else ""
    is_open = is_wanted and not why_no_place
    return {
        "steps": steps(2) if is_open else (),
        "question": shown.headline,
        "shown": shown,
        "answered": list(BlindAnswer.objects.by(person).of_problem(revision.problem)),
        "knows_because": _knows_because(revision, person),
        "is_barred": is_barred,
        "why_no_place": "" if is_barred else why_no_place,
        "explained": explained(findings(revision.draft()), revision.explanations),
        "mine": mine,
        "difference": difference_since_judged(revision, person),
        "comments": shown_comments(revision, person, at=at),
        "reviews": reviews,
        "forms": forms or VerdictForms.of(revision.content()),
        # A verdict that came too late stays on the page, so that its words can be copied.
        "has_form": is_open or (forms is not None and mine is None),
    }


def _knows_because(revision: Revision, person: User) -> str:
    """Why this reviewer was not asked to answer this revision blind; empty where they were."""
    if not revision.is_under_review or BlindAnswer.objects.by(person).of(revision).exists():
        return ""
    return next(_reasons(revision, person), "")


def _reasons(revision: Revision, person: User) -> Iterator[str]:
    judged = Review.objects.of_problem(revision.problem).by(person).select_related("revision")
    for review in judged[:1]:
        yield f"you reviewed revision {review.revision.number}"
    answered = BlindAnswer.objects.by(person).before(revision).select_related("revision")
    for answer in answered.reverse()[:1]:
        yield f"you answered revision {answer.revision.number} and were shown what is right"
    for seen in AnswerSeen.objects.of_problem(revision.problem).by(person)[:1]:
        yield f"you were shown the answer on {seen.seen_at:%-d %b %Y}"

"""Writing a problem. Every verb locks the draft, at a version or as it is, and raises it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from curation.domain.content import Annotations, PanelRole
from curation.domain.rules import findings
from curation.errors import InvalidContentError, StaleDraftError, WrongMomentError
from curation.models import Panel, Problem, Specialty, User
from curation.models.status import EDITABLE


@transaction.atomic
def start_problem(author: User) -> Problem:
    """A new draft with two empty examples and an empty query."""
    problem = Problem.objects.create(author=author)
    roles = (PanelRole.EXAMPLE, PanelRole.EXAMPLE, PanelRole.QUERY)
    panels = [Panel(problem=problem, role=role, position=i) for i, role in enumerate(roles)]
    Panel.objects.bulk_create(panels)
    return problem


@contextmanager
def holding(problem: Problem, version: int | None = None) -> Iterator[None]:
    """Lock the draft as it is; from this version by compare-and-swap, or from any.

    Without a version the caller compares what it changes itself, under the lock.
    """
    with transaction.atomic():
        held = Problem.objects.filter(pk=problem.pk, status__in=EDITABLE)
        if version is not None:
            held = held.filter(version=version)
        # Writes what is there: that takes the row's lock on every database.
        if not held.update(version=F("version")):
            problem.refresh_from_db(fields=["status", "version"])
            raise StaleDraftError if problem.is_editable else _not_editable(problem)
        yield
        problem.refresh_from_db(fields=["version"])


@contextmanager
def editing(problem: Problem, version: int | None = None) -> Iterator[None]:
    """Lock the draft for one change, and raise its version."""
    with holding(problem, version):
        mark_changed(problem)
        yield


def mark_changed(problem: Problem) -> None:
    """Raise the version of a draft that is held: what was submitted from before it is refused."""
    now = timezone.now()
    Problem.objects.filter(pk=problem.pk).update(version=F("version") + 1, updated_at=now)


def _not_editable(problem: Problem) -> WrongMomentError:
    status = problem.get_status_display().lower()
    return WrongMomentError(f"This problem is {status} and cannot be changed now.")


def annotate(problem: Problem, *, version: int, annotations: Annotations) -> None:
    """Set the six annotations; empty ones stay open."""
    with editing(problem, version):
        write_annotations(problem, annotations)


def write_annotations(problem: Problem, annotations: Annotations) -> None:
    """Set the six annotations of a draft that is held."""
    problem.specialty = Specialty.objects.filter(pk=annotations.specialty).first()
    names = [name for name in Annotations.__slots__ if name != "specialty"]
    for name in names:
        setattr(problem, name, getattr(annotations, name))
    problem.save(update_fields=["specialty", *names])


def explain_warning(problem: Problem, *, version: int | None, code: str, text: str) -> None:
    """Keep why a warning is all right; an empty text takes the explanation back."""
    with editing(problem, version):
        others = {known: said for known, said in problem.explanations.items() if known != code}
        if text.strip():
            _require_warning(problem, code)
            others[code] = text.strip()
        problem.explanations = others
        problem.save(update_fields=["explanations"])


def _require_warning(problem: Problem, code: str) -> None:
    found = findings(problem.draft())
    if code not in {finding.code for finding in found if not finding.is_error}:
        raise InvalidContentError("This warning is gone: there is nothing left to explain.")


def write_panel(
    panel: Panel, *, version: int, question: str, answer: str, accepted_variants: Sequence[str]
) -> None:
    """Set a panel's words."""
    with editing(panel.problem, version):
        panel.question = question.strip()
        panel.answer = answer.strip()
        variants = (variant.strip() for variant in accepted_variants)
        panel.accepted_variants = [variant for variant in variants if variant]
        panel.save(update_fields=["question", "answer", "accepted_variants"])

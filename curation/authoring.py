"""Writing a problem. Every verb starts from the version the browser holds and raises it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from curation.domain.content import Annotations, PanelRole
from curation.domain.rules import MAX_EXAMPLES, findings
from curation.errors import InvalidContentError, StaleDraftError, WrongMomentError
from curation.models import Image, Panel, Problem, Specialty, User
from curation.models.status import EDITABLE


@transaction.atomic
def start_problem(author: User) -> Problem:
    """A new draft with two empty examples and an empty query, in the author's specialty."""
    problem = Problem.objects.create(author=author, specialty=author.specialty)
    roles = (PanelRole.EXAMPLE, PanelRole.EXAMPLE, PanelRole.QUERY)
    panels = [Panel(problem=problem, role=role, position=i) for i, role in enumerate(roles)]
    Panel.objects.bulk_create(panels)
    return problem


@contextmanager
def _editing(problem: Problem, version: int) -> Iterator[None]:
    """Claim the version by compare-and-swap, so that of two saves from one state one wins."""
    with transaction.atomic():
        held = Problem.objects.filter(pk=problem.pk, version=version, status__in=EDITABLE)
        if not held.update(version=F("version") + 1, updated_at=timezone.now()):
            problem.refresh_from_db(fields=["status", "version"])
            raise StaleDraftError if problem.is_editable else _not_editable(problem)
        yield
    problem.version = version + 1


def _not_editable(problem: Problem) -> WrongMomentError:
    status = problem.get_status_display().lower()
    return WrongMomentError(f"This problem is {status} and cannot be changed now.")


def annotate(problem: Problem, *, version: int, annotations: Annotations) -> None:
    """Set the six annotations; empty ones stay open."""
    with _editing(problem, version):
        problem.specialty = Specialty.objects.filter(pk=annotations.specialty).first()
        names = [name for name in Annotations.__slots__ if name != "specialty"]
        for name in names:
            setattr(problem, name, getattr(annotations, name))
        problem.save(update_fields=["specialty", *names])


def explain_warning(problem: Problem, *, version: int, code: str, text: str) -> None:
    """Keep why a warning is all right; an empty text takes the explanation back."""
    with _editing(problem, version):
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
    with _editing(panel.problem, version):
        panel.question = question.strip()
        panel.answer = answer.strip()
        variants = (variant.strip() for variant in accepted_variants)
        panel.accepted_variants = [variant for variant in variants if variant]
        panel.save(update_fields=["question", "answer", "accepted_variants"])


def add_example(problem: Problem, *, version: int) -> Panel:
    """A new last example before the query, with the question the others ask."""
    with _editing(problem, version):
        panels = list(problem.panels.in_order())
        examples = [panel for panel in panels if not panel.is_query]
        if len(examples) >= MAX_EXAMPLES:
            raise InvalidContentError(f"A problem has at most {MAX_EXAMPLES} examples.")
        asked = next((panel.question for panel in panels if panel.question), "")
        new = Panel(problem=problem, role=PanelRole.EXAMPLE, position=_free_position(panels))
        new.question = asked
        new.save()
        queries = [panel for panel in panels if panel.is_query]
        _arrange([*examples, new, *queries])
    return new


def remove_panel(panel: Panel, *, version: int) -> None:
    """Take a panel out and close the gap; its image stays with the author."""
    with _editing(panel.problem, version):
        problem = panel.problem
        panel.delete()
        _arrange(list(problem.panels.in_order()))


def move_panel(panel: Panel, *, version: int, to: int) -> None:
    """Put an example at another place among the examples; the query stays last."""
    with _editing(panel.problem, version):
        panels = list(panel.problem.panels.in_order())
        if panel.is_query:
            raise InvalidContentError("The query is always last. Make another panel the query.")
        others = [other for other in panels if other.pk != panel.pk]
        last = sum(not other.is_query for other in others)
        place = max(0, min(to, last))
        _arrange([*others[:place], panel, *others[place:]])


def make_query(panel: Panel, *, version: int) -> None:
    """Ask this panel; the panel that was the query becomes the last example."""
    with _editing(panel.problem, version):
        panels = list(panel.problem.panels.in_order())
        others = [other for other in panels if other.pk != panel.pk]
        panel.problem.panels.filter(role=PanelRole.QUERY).update(role=PanelRole.EXAMPLE)
        panel.role = PanelRole.QUERY
        panel.save(update_fields=["role"])
        _arrange([*others, panel])


def _free_position(panels: Sequence[Panel]) -> int:
    return max((panel.position for panel in panels), default=-1) + 1


def _arrange(panels: Sequence[Panel]) -> None:
    """Number the panels as given, in two steps so that no position is held twice on the way."""
    beyond = _free_position(panels)
    for first in (beyond, 0):
        for offset, panel in enumerate(panels):
            panel.position = first + offset
        Panel.objects.bulk_update(panels, ["position"])


def place_image(panel: Panel, *, version: int, image: Image | None) -> None:
    """Show this image in the panel, or none."""
    with _editing(panel.problem, version):
        panel.image = image
        panel.save(update_fields=["image"])

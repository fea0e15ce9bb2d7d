"""Which panels a problem has, in which order, and which image each shows.

A change of the panels starts from the arrangement that the page showed: typing elsewhere does not
make it stale, another change of the panels does. What is taken out is kept as a Removal.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from curation.authoring import editing
from curation.domain.content import PanelRole
from curation.domain.rules import MAX_EXAMPLES
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import Image, Panel, Problem, Removal


def arrangement_of(panels: Iterable[Panel]) -> str:
    """Which panels there are, in which order and roles: 16 hexadecimal digits."""
    shown = [(panel.pk, panel.role) for panel in panels]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]


@contextmanager
def _rearranging(problem: Problem, arrangement: str | None) -> Iterator[list[Panel]]:
    """Lock the draft and hand out its panels in order; None starts from any arrangement."""
    with editing(problem):
        panels = list(problem.panels.in_order())
        if arrangement is not None and arrangement != arrangement_of(panels):
            raise WrongMomentError(
                "The panels were changed since you saw them, so this was not done. "
                "Here they are as they are now: try again if you still want to."
            )
        yield panels


def _held(panel: Panel, panels: Iterable[Panel]) -> Panel:
    """The panel as it is under the lock."""
    for held in panels:
        if held.pk == panel.pk:
            return held
    raise WrongMomentError("This panel was removed in another window. Reload the page.")


def _examples(panels: Iterable[Panel]) -> list[Panel]:
    return [panel for panel in panels if not panel.is_query]


def _queries(panels: Iterable[Panel]) -> list[Panel]:
    return [panel for panel in panels if panel.is_query]


def _require_room(panels: Iterable[Panel]) -> None:
    if len(_examples(panels)) >= MAX_EXAMPLES:
        raise InvalidContentError(
            f"A problem has at most {MAX_EXAMPLES} examples. Remove one first."
        )


def add_example(problem: Problem, *, arrangement: str | None = None) -> Panel:
    """A new last example before the query, with the question the others ask."""
    with _rearranging(problem, arrangement) as panels:
        _require_room(panels)
        asked = next((panel.question for panel in panels if panel.question), "")
        new = _save_new(Panel(problem=problem, question=asked), panels)
        _number([*_examples(panels), new, *_queries(panels)])
    return new


def duplicate_panel(panel: Panel, *, arrangement: str | None = None) -> Panel:
    """An example behind this panel with its words and its image; behind the query none can be."""
    problem = panel.problem
    with _rearranging(problem, arrangement) as panels:
        _require_room(panels)
        held = _held(panel, panels)
        copy = Panel(problem=problem, question=held.question, answer=held.answer)
        copy.accepted_variants, copy.image = held.accepted_variants, held.image
        new, examples = _save_new(copy, panels), _examples(panels)
        place = held.position + 1
        _number([*examples[:place], new, *examples[place:], *_queries(panels)])
    return new


def _save_new(panel: Panel, panels: Sequence[Panel]) -> Panel:
    """Store an example somewhere where no other is; it is numbered afterwards."""
    panel.role = PanelRole.EXAMPLE
    panel.position = _free_position(panels)
    panel.save()
    return panel


def arrange(problem: Problem, order: Sequence[int], *, arrangement: str | None = None) -> None:
    """Put the panels, named by their ids, in this order; the query stays last."""
    with _rearranging(problem, arrangement) as panels:
        by_id = {panel.pk: panel for panel in panels}
        if sorted(order) != sorted(by_id):
            raise InvalidContentError("An order names each panel of the problem once. Reload.")
        ordered = [by_id[number] for number in order]
        if any(panel.is_query for panel in ordered[:-1]):
            raise _stays_last()
        _number(ordered)


def _stays_last() -> InvalidContentError:
    return InvalidContentError("The query is always last. Make another panel the query.")


def move_panel(panel: Panel, *, to: int, arrangement: str | None = None) -> None:
    """Put an example at another place among the examples; the query stays last."""
    with _rearranging(panel.problem, arrangement) as panels:
        held = _held(panel, panels)
        if held.is_query:
            raise _stays_last()
        others = [other for other in _examples(panels) if other != held]
        place = max(0, min(to, len(others)))
        _number([*others[:place], held, *others[place:], *_queries(panels)])


def make_query(panel: Panel, *, arrangement: str | None = None) -> None:
    """Ask this panel; the panel that was the query becomes the last example."""
    with _rearranging(panel.problem, arrangement) as panels:
        held = _held(panel, panels)
        for query in _queries(panels):
            _give_role(query, PanelRole.EXAMPLE)
        _give_role(held, PanelRole.QUERY)
        _number([*(other for other in panels if other != held), held])


def make_example(panel: Panel, *, arrangement: str | None = None) -> None:
    """Make the query the last example; the problem has no query until another is made it."""
    with _rearranging(panel.problem, arrangement) as panels:
        held = _held(panel, panels)
        if held.is_query:
            _require_room(panels)
            _give_role(held, PanelRole.EXAMPLE)


def _give_role(panel: Panel, role: PanelRole) -> None:
    panel.role = role
    panel.save(update_fields=["role"])


def _free_position(panels: Sequence[Panel]) -> int:
    return max((panel.position for panel in panels), default=-1) + 1


def _number(panels: Sequence[Panel]) -> None:
    """Number the panels as given, in two steps so that no position is held twice on the way."""
    beyond = _free_position(panels)
    for first in (beyond, 0):
        for offset, panel in enumerate(panels):
            panel.position = first + offset
        Panel.objects.bulk_update(panels, ["position"])


def remove_panel(panel: Panel, *, arrangement: str | None = None) -> Removal:
    """Take a panel out and close the gap; its words and its image can be put back."""
    with _rearranging(panel.problem, arrangement) as panels:
        held = _held(panel, panels)
        removal = Removal.objects.create(
            problem=panel.problem, image=held.image, words=_words(held)
        )
        held.delete()
        _number([other for other in panels if other != held])
    return removal


def _words(panel: Panel) -> dict[str, object]:
    names = ("id", "role", "position", "question", "answer", "accepted_variants")
    words = {name: getattr(panel, name) for name in names}
    # They lose their panel with it, and find it again when it is put back.
    return words | {"removals": list(panel.removals.values_list("pk", flat=True))}


def place_image(panel: Panel, *, image: Image | None, done: str = "") -> None:
    """Show this image in the panel, or none; the one it showed can be put back.

    `done` is what was done to that one, where this is what became of it: "cropped", "covered".
    """
    with editing(panel.problem):
        words: dict[str, object] = {"done": done} if done else {}
        _place(_held(panel, panel.problem.panels.in_order()), image, words)
    panel.image = image


def _place(held: Panel, image: Image | None, words: dict[str, object]) -> None:
    if held.image_id is not None and held.image != image:
        Removal.objects.create(
            problem_id=held.problem_id, panel=held, image=held.image, words=words
        )
    held.image = image
    held.save(update_fields=["image"])


def undo(problem: Problem, removal_id: int) -> tuple[Panel, str]:
    """Put back what a removal took out, once; the panel that has it again, and what is said."""
    with editing(problem):
        removal = problem.removals.undoable().filter(pk=removal_id).first()
        if removal is None:
            raise WrongMomentError("There is nothing left to undo: it was put back already.")
        panel, said = removal.panel, removal.back
        if panel is None:
            panel = _put_back(removal, list(problem.panels.in_order()))
        else:
            _place(panel, removal.image, {} if removal.is_redo else {"was_put_in_place": True})
        removal.delete()
    return panel, said


def _put_back(removal: Removal, panels: list[Panel]) -> Panel:
    """The removed panel at its old place; an example where the problem has another query now."""
    words = dict(removal.words)
    emptied = words.pop("removals")
    is_query = words["role"] == PanelRole.QUERY and not _queries(panels)
    if not is_query:
        _require_room(panels)
        words["role"] = PanelRole.EXAMPLE
    place = len(panels) if is_query else min(words["position"], len(_examples(panels)))
    words["position"] = _free_position(panels)
    panel = Panel.objects.create(problem=removal.problem, image=removal.image, **words)
    _number([*panels[:place], panel, *panels[place:]])
    Removal.objects.filter(pk__in=emptied).update(panel=panel)
    return panel

"""Which panels a problem has, in which order, and which image each shows."""

from collections.abc import Sequence

from curation.authoring import editing
from curation.domain.content import PanelRole
from curation.domain.rules import MAX_EXAMPLES
from curation.errors import InvalidContentError
from curation.models import Image, Panel, Problem


def add_example(problem: Problem, *, version: int) -> Panel:
    """A new last example before the query, with the question the others ask."""
    with editing(problem, version):
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
    with editing(panel.problem, version):
        problem = panel.problem
        panel.delete()
        _arrange(list(problem.panels.in_order()))


def move_panel(panel: Panel, *, version: int, to: int) -> None:
    """Put an example at another place among the examples; the query stays last."""
    with editing(panel.problem, version):
        panels = list(panel.problem.panels.in_order())
        if panel.is_query:
            raise InvalidContentError("The query is always last. Make another panel the query.")
        others = [other for other in panels if other.pk != panel.pk]
        last = sum(not other.is_query for other in others)
        place = max(0, min(to, last))
        _arrange([*others[:place], panel, *others[place:]])


def make_query(panel: Panel, *, version: int) -> None:
    """Ask this panel; the panel that was the query becomes the last example."""
    with editing(panel.problem, version):
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
    with editing(panel.problem, version):
        panel.image = image
        panel.save(update_fields=["image"])

"""Starting a problem from something that is there: a template, or an earlier problem."""

from dataclasses import asdict

from django.db import transaction

from curation.domain.content import PanelRole
from curation.domain.skeletons import Skeleton
from curation.errors import InvalidContentError
from curation.models import Panel, Problem, User


@transaction.atomic
def start_from_skeleton(author: User, skeleton: Skeleton) -> Problem:
    """A new draft that asks what the template asks."""
    problem = Problem.objects.create(
        author=author,
        answer_format=skeleton.answer_format,
        cognitive_process=skeleton.cognitive_process,
    )
    query = skeleton.example_count
    panels = [
        Panel(
            problem=problem,
            role=PanelRole.QUERY if position == query else PanelRole.EXAMPLE,
            position=position,
            question=skeleton.question,
            answer=answer,
        )
        for position, answer in enumerate(skeleton.answers)
    ]
    Panel.objects.bulk_create(panels)
    return problem


@transaction.atomic
def start_from_problem(author: User, earlier: Problem, *, has_images: bool) -> Problem:
    """A new draft with the annotations and the words of an earlier problem of the same author."""
    if earlier.author_id != author.pk:
        raise InvalidContentError("Only a problem of your own can be started from.")
    chosen = asdict(earlier.annotations())
    specialty = chosen.pop("specialty") or None
    problem = Problem.objects.create(author=author, specialty_id=specialty, **chosen)
    panels = [
        Panel(
            problem=problem,
            role=panel.role,
            position=panel.position,
            question=panel.question,
            answer=panel.answer,
            accepted_variants=panel.accepted_variants,
            image=panel.image if has_images else None,
        )
        for panel in earlier.panels.in_order().select_related("image")
    ]
    Panel.objects.bulk_create(panels)
    return problem

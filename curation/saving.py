"""Saving what a page holds, field by field: nothing is written over a text that was not shown."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from uuid import UUID

from curation.authoring import holding, mark_changed, write_annotations
from curation.domain.content import Annotations
from curation.domain.versions import Merged, Typed, merge
from curation.errors import WrongMomentError
from curation.images import ImageFacts, describe_image
from curation.models import Image, Panel, Problem

CONFIRMED = "on"
"""What the field of a confirmation says when it is given; empty when it is not."""


def words_of(panel: Panel) -> dict[str, str]:
    """What the fields of a panel's words say."""
    variants = "\n".join(panel.accepted_variants)
    return {
        "question": panel.question,
        "answer": panel.answer,
        "accepted_variants": variants,
    }


def facts_of(image: Image) -> dict[str, str]:
    """What the fields about an image say."""
    names = ("source", "license", "attribution", "alt_text")
    is_confirmed = image.no_patient_confirmed_at is not None
    return {
        **{name: getattr(image, name) for name in names},
        "no_patient_confirmed": CONFIRMED if is_confirmed else "",
    }


def annotations_of(problem: Problem) -> dict[str, str]:
    """What the fields of the six annotations say."""
    return asdict(problem.annotations())


def is_one_question(panels: Iterable[Panel]) -> bool:
    """Whether all panels ask the same, those aside that ask nothing yet."""
    return len({panel.question for panel in panels if panel.question}) <= 1


def save_annotations(problem: Problem, typed: Mapping[str, Typed]) -> Merged:
    """Keep those of the six annotations that no other window changed meanwhile."""
    with holding(problem):
        now = Problem.objects.get(pk=problem.pk)
        merged = merge(annotations_of(now), typed)
        if merged.taken:
            write_annotations(now, Annotations(**{**annotations_of(now), **merged.taken}))
            mark_changed(problem)
    return merged


def save_panel(
    panel: Panel,
    *,
    words: Mapping[str, Typed],
    facts: Mapping[str, Typed] | None = None,
    image_id: UUID | None = None,
    asks_everywhere: bool = False,
) -> Merged:
    """Keep those words of a panel, and facts of an image, that no other window changed meanwhile.

    The image is the one that the page showed, also where the panel shows another by now. With
    `asks_everywhere` the question goes to all panels that have none or asked the same.
    """
    with holding(panel.problem):
        panels = list(panel.problem.panels.in_order())
        now = next((each for each in panels if each.pk == panel.pk), None)
        if now is None:
            raise WrongMomentError("This panel was removed in another window.")
        merged = merge(words_of(now), words)
        asked = now.question
        is_changed = _write_words(now, merged.taken)
        if asks_everywhere and "question" not in merged.conflicts:
            others = [each for each in panels if each.question in ("", asked)]
            is_changed |= _ask(others, now.question)
        if facts and image_id:
            about = _save_facts(panel, image_id, facts)
            is_changed |= bool(about.taken)
            merged = _together(merged, about)
        if is_changed:
            mark_changed(panel.problem)
    return merged


def _write_words(panel: Panel, taken: Mapping[str, str]) -> bool:
    for name, text in taken.items():
        setattr(panel, name, text.splitlines() if name == "accepted_variants" else text)
    if taken:
        panel.save(update_fields=list(taken))
    return bool(taken)


def _ask(panels: list[Panel], question: str) -> bool:
    others = [panel for panel in panels if panel.question != question]
    for panel in others:
        panel.question = question
    return bool(Panel.objects.bulk_update(others, ["question"]))


def use_question_everywhere(panel: Panel) -> None:
    """Ask in every panel what is stored as this one's question, whatever the others asked."""
    with holding(panel.problem):
        panels = list(panel.problem.panels.in_order())
        asked = next((each.question for each in panels if each.pk == panel.pk), "")
        if _ask(panels, asked):
            mark_changed(panel.problem)


def _save_facts(panel: Panel, image_id: UUID, typed: Mapping[str, Typed]) -> Merged:
    # Two problems may show one image: its own row is locked too.
    image = Image.objects.select_for_update().filter(pk=image_id).first()
    if image is None or not _may_describe(panel, image):
        raise WrongMomentError("The image that this page describes is not one of yours.")
    merged = merge(facts_of(image), typed)
    if merged.taken:
        facts = {**facts_of(image), **merged.taken}
        is_without_patient = facts.pop("no_patient_confirmed") == CONFIRMED
        describe_image(image, ImageFacts(**facts, is_without_patient=is_without_patient))
    return merged


def _may_describe(panel: Panel, image: Image) -> bool:
    return image.pk == panel.image_id or image.uploaded_by_id == panel.problem.author_id


def _together(words: Merged, facts: Merged) -> Merged:
    return Merged(
        taken={**words.taken, **facts.taken},
        newer={**words.newer, **facts.newer},
        conflicts={**words.conflicts, **facts.conflicts},
    )

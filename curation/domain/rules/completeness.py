"""Rules about what a problem must have."""

from collections.abc import Iterator

from curation.domain.answers import normalize
from curation.domain.rules.finding import Draft, Finding, error, missing
from curation.domain.skeletons import UNNAMED

MIN_EXAMPLES = 2
MAX_EXAMPLES = 10


def annotations_are_chosen(draft: Draft) -> Iterator[Finding]:
    """All six annotations are proposed by the author."""
    annotations = draft.content.annotations
    for name in annotations.__slots__:
        if not getattr(annotations, name):
            words = name.replace("_", " ")
            yield missing("annotation_missing", f"Choose the {words}.", at=name)


def examples_are_enough(draft: Draft) -> Iterator[Finding]:
    """2 to 10 examples."""
    count = len(draft.content.examples)
    if count < MIN_EXAMPLES:
        yield missing("too_few_examples", f"Add examples: at least {MIN_EXAMPLES} are needed.")
    if count > MAX_EXAMPLES:
        yield error("too_many_examples", f"Remove examples: at most {MAX_EXAMPLES} are taken.")


def query_is_one(draft: Draft) -> Iterator[Finding]:
    """Exactly one panel is asked."""
    match len(draft.content.queries):
        case 0:
            words = "Make one panel the query, the one a model must answer."
            yield missing("query_missing", words)
        case 1:
            return
        case _:
            yield error("query_twice", "Only one panel can be the query.")


def panels_are_complete(draft: Draft) -> Iterator[Finding]:
    """Every panel has an image, a question and an answer."""
    for index, panel in enumerate(draft.content.panels):
        if panel.image is None:
            yield missing("image_missing", "Add an image.", index, "image")
        if not panel.question.strip():
            yield missing("question_missing", "Write the question.", index, "question")
        elif panel.question.strip() in UNNAMED:
            message = "Name the finding in the question: which one is it?"
            yield missing("question_unnamed", message, index, "question")
        if not panel.answer.strip():
            yield missing("answer_missing", "Write the answer.", index, "answer")
        elif not normalize(panel.answer):
            message = "Write the answer in words: signs alone are not compared."
            yield error("answer_missing", message, index, "answer")


def images_are_described(draft: Draft) -> Iterator[Finding]:
    """Every image says where it is from, under which license, and shows no patient.

    Asked from the beginning, so that bringing an image leaves less to do and not more.
    """
    wanted = {
        "source": "Say where the image comes from.",
        "license": "Choose the license of the image.",
        "attribution": "Say whom to credit for the image.",
        "no_patient_confirmed": "Confirm that no patient can be identified.",
    }
    for index, panel in enumerate(draft.content.panels):
        for name, message in wanted.items():
            if panel.image is None or not _says(getattr(panel.image, name)):
                yield missing(f"{name}_missing", message, index, name)


def _says(value: str | bool) -> bool:  # noqa: FBT001 - a fact of an image, whatever its type
    return bool(value.strip() if isinstance(value, str) else value)

"""`problems.jsonl` of a release: all that its revisions said, read back as drafts."""

from collections.abc import Iterator
from itertools import count
from typing import IO

from curation.domain.bundle.errors import BundleError
from curation.domain.bundle.images import image_file
from curation.domain.bundle.jsonl import item_from_line
from curation.domain.content import Annotations, PanelContent, ProblemContent
from curation.domain.importing.building import Pictures, RawPanel, Vocabulary, build_problem
from curation.domain.importing.found import FoundProblem, ImportRefusedError, refusal
from curation.domain.importing.limits import MAX_LINE, MAX_TABLE_BYTES, MB

_FACTS = {
    "source": "source",
    "license": "license",
    "attribution": "attribution",
    "alt_text": "description",
}


def jsonl_problems(
    file: IO[bytes], name: str, pictures: Pictures, vocabulary: Vocabulary
) -> Iterator[FoundProblem]:
    """The problem of each line; a line that is none gives a refused one.

    Raises ImportRefusedError for a file with endless lines, and for one with too many of them.
    """
    total = 0
    for number in count(1):
        line = file.readline(MAX_LINE + 1)
        if not line:
            return
        if len(line) > MAX_LINE:
            raise ImportRefusedError(
                f"Line {number} of “{name}” is longer than {MAX_LINE // MB} MB."
            )
        total += len(line)
        if total > MAX_TABLE_BYTES:
            raise ImportRefusedError(f"“{name}” is larger than {MAX_TABLE_BYTES // MB} MB.")
        if line.strip():
            yield _problem(line, number, pictures, vocabulary)


def _problem(line: bytes, number: int, pictures: Pictures, vocabulary: Vocabulary) -> FoundProblem:
    try:
        content = item_from_line(line.decode()).content
        require_texts(content)
        raw = [_raw(content, index, number) for index in range(len(content.panels))]
    except BundleError as error:
        return _refused(number, f"{error} As it stands it is not imported.")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _refused(number, "This line is not a problem of a release.")
    return build_problem(
        raw,
        name=content.problem_id,
        place=f"line {number}",
        pictures=pictures,
        vocabulary=vocabulary,
    )


def _refused(number: int, why: str) -> FoundProblem:
    return FoundProblem(
        name=f"line {number}",
        place=f"line {number}",
        annotations=Annotations(),
        panels=(),
        findings=(refusal(why[:500]),),
    )


def require_texts(content: ProblemContent) -> None:
    """TypeError unless everything is a text that is to be one."""
    annotations = content.annotations
    texts = [content.problem_id, *(getattr(annotations, name) for name in annotations.__slots__)]
    for panel in content.panels:
        texts += [panel.question, panel.answer, *panel.accepted_variants]
        image = panel.image
        texts += [image and getattr(image, name) for name in ("sha256", "media_type", *_FACTS)]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("A problem consists of texts.")


def _raw(content: ProblemContent, index: int, number: int) -> RawPanel:
    panel: PanelContent = content.panels[index]
    image = panel.image
    if image is None:  # `require_texts` found all of them
        raise TypeError("A released panel has an image.")
    label = "query" if panel in content.queries else f"example {index + 1}"
    annotations = content.annotations
    return RawPanel(
        place=f"Line {number}, {label}",
        role=panel.role,
        words={
            "question": panel.question,
            "answer": panel.answer,
            "image": image_file(image),
            **{column: getattr(image, fact) for fact, column in _FACTS.items()},
            **{name: getattr(annotations, name) for name in annotations.__slots__},
        },
        accepted_variants=panel.accepted_variants,
        sha256=image.sha256,
    )

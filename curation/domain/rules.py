"""What keeps a problem from being good: plain functions over its content, one a rule.

Errors block submitting; warnings may be explained. A finding names the panel (its index in
`content.panels`) and the field it stands beside, so that a page can show it there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

from curation.domain.answers import distinct, normalize
from curation.domain.content import PanelContent, PanelRole, ProblemContent
from curation.domain.likeness import is_alike

MIN_EXAMPLES = 2
MAX_EXAMPLES = 10
MIN_SIDE_PIXELS = 224  # the input side of common vision encoders; smaller pictures are blown up


class Severity(StrEnum):
    """Whether a finding blocks."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to mend or to explain. Without `panel` it is about the whole problem."""

    code: str
    severity: Severity
    message: str
    panel: int | None = None
    field: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it blocks submitting."""
        return self.severity is Severity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the rules look at: the content, and what only the collection knows of its images.

    `fingerprints` maps an image's SHA-256 to its perceptual fingerprint; `seen_elsewhere` holds
    the SHA-256 of images of this problem that other problems show as well.
    """

    content: ProblemContent
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    seen_elsewhere: frozenset[str] = frozenset()

    def is_alike(self, one: str, other: str) -> bool:
        """Whether two images are the same bytes or perceptually the same."""
        if one == other:
            return True
        known = self.fingerprints
        return one in known and other in known and is_alike(known[one], known[other])


type Rule = Callable[[Draft], Iterator[Finding]]


def findings(draft: Draft) -> tuple[Finding, ...]:
    """Everything the rules say, errors before warnings, in the order of RULES."""
    found = [finding for rule in RULES for finding in rule(draft)]
    return tuple(sorted(found, key=lambda finding: not finding.is_error))


def _error(code: str, message: str, panel: int | None = None, at: str = "") -> Finding:
    return Finding(code=code, severity=Severity.ERROR, message=message, panel=panel, field=at)


def _warning(code: str, message: str, panel: int | None = None, at: str = "") -> Finding:
    return Finding(code=code, severity=Severity.WARNING, message=message, panel=panel, field=at)


def annotations_are_chosen(draft: Draft) -> Iterator[Finding]:
    """All six annotations are proposed by the author."""
    annotations = draft.content.annotations
    for name in annotations.__slots__:
        if not getattr(annotations, name):
            words = name.replace("_", " ")
            yield _error("annotation_missing", f"Choose the {words}.", at=name)


def examples_are_enough(draft: Draft) -> Iterator[Finding]:
    """2 to 10 examples."""
    count = len(draft.content.examples)
    if count < MIN_EXAMPLES:
        yield _error("too_few_examples", f"Add examples: at least {MIN_EXAMPLES} are needed.")
    if count > MAX_EXAMPLES:
        yield _error("too_many_examples", f"Remove examples: at most {MAX_EXAMPLES} are taken.")


def query_is_one(draft: Draft) -> Iterator[Finding]:
    """Exactly one panel is asked."""
    match len(draft.content.queries):
        case 0:
            yield _error("query_missing", "Make one panel the query, the one a model must answer.")
        case 1:
            return
        case _:
            yield _error("query_twice", "Only one panel can be the query.")


def panels_are_complete(draft: Draft) -> Iterator[Finding]:
    """Every panel has an image, a question and an answer."""
    for index, panel in enumerate(draft.content.panels):
        if panel.image is None:
            yield _error("image_missing", "Add an image.", index, "image")
        if not panel.question.strip():
            yield _error("question_missing", "Write the question.", index, "question")
        if not normalize(panel.answer):
            only_signs = "Write the answer in words: signs alone are not compared."
            message = only_signs if panel.answer.strip() else "Write the answer."
            yield _error("answer_missing", message, index, "answer")


def images_are_described(draft: Draft) -> Iterator[Finding]:
    """Every image says where it is from, under which license, and shows no patient."""
    wanted = {
        "source": "Say where the image comes from.",
        "license": "Choose the license of the image.",
        "attribution": "Say whom to credit for the image.",
        "no_patient_confirmed": "Confirm that no patient can be identified.",
    }
    for index, panel in enumerate(draft.content.panels):
        for name, message in wanted.items():
            if panel.image is not None and not getattr(panel.image, name):
                yield _error(f"{name}_missing", message, index, name)


def images_differ(draft: Draft) -> Iterator[Finding]:
    """No image twice, and the query's image not among the examples, also not nearly."""
    shown = [(i, p.role, p.image) for i, p in enumerate(draft.content.panels) if p.image]
    for (first, one_role, one), (second, other_role, other) in combinations(shown, 2):
        if PanelRole.QUERY in {one_role, other_role} and draft.is_alike(one.sha256, other.sha256):
            message = f"The query's image is also shown in example {min(first, second) + 1}."
            yield _error("query_image_among_examples", message, second, "image")
        elif one.sha256 == other.sha256:
            message = f"This image is already shown in example {first + 1}."
            yield _error("image_twice", message, second, "image")


def answer_is_not_in_question(draft: Draft) -> Iterator[Finding]:
    """A question does not give its own answer away.

    A question that offers several of the problem's answers to choose from gives nothing away;
    single letters and yes or no are ordinary words of a question.
    """
    answers = [normalize(answer) for answer in distinct(p.answer for p in draft.content.panels)]
    for index, panel in enumerate(draft.content.panels):
        question, answer = f" {normalize(panel.question)} ", normalize(panel.answer)
        is_plain_word = len(answer) < 2 or answer in {"yes", "no"}
        offered = [known for known in answers if f" {known} " in question]
        if not is_plain_word and offered == [answer]:
            message = "The question contains its answer. Ask without naming it."
            yield _error("answer_in_question", message, index, "question")


def answers_vary(draft: Draft) -> Iterator[Finding]:
    """At least two answers differ after normalization."""
    answers = [panel.answer for panel in draft.content.panels if normalize(panel.answer)]
    if len(answers) > 1 and len(distinct(answers)) < 2:
        message = "All answers are the same: examples must show at least two different ones."
        yield _error("answers_all_the_same", message)


def answers_are_spelled_alike(draft: Draft) -> Iterator[Finding]:
    """Equal answers are written in one way: "Yes" and "yes." would look like two."""
    first_forms: dict[str, str] = {}
    for index, panel in enumerate(draft.content.panels):
        answer = normalize(panel.answer)
        first = first_forms.setdefault(answer, panel.answer)
        if answer and first.strip() != panel.answer.strip():
            message = f'Written "{first}" in an earlier panel; write it the same way here.'
            yield _error("answer_spelled_differently", message, index, "answer")


def answers_have_one_form(draft: Draft) -> Iterator[Finding]:
    """Form tells nothing: capital, full stop, side and length are alike in all answers."""
    answers = [p.answer.strip() for p in draft.content.panels if normalize(p.answer)]
    for code, is_so, message in _FORMS:
        if len({is_so(answer) for answer in answers}) > 1:
            yield _warning(code, message)
    lengths = [len(answer.split()) for answer in answers]
    if lengths and max(lengths) >= 3 * min(lengths) + 2:
        yield _warning("answers_differ_in_length", "Some answers are much longer than others.")


def _has_side(answer: str) -> bool:
    return not {"left", "right", "bilateral"}.isdisjoint(normalize(answer).split())


_FORMS: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    (
        "answers_differ_in_capital",
        lambda answer: answer[0].islower(),
        "Some answers start with a capital, others do not.",
    ),
    (
        "answers_differ_in_full_stop",
        lambda answer: answer.endswith("."),
        "Some answers end with a full stop, others do not.",
    ),
    ("answers_differ_in_side", _has_side, "Some answers name a side, others do not."),
)


def images_are_new(draft: Draft) -> Iterator[Finding]:
    """An image that other problems show may leak one problem into another."""
    for index, panel in enumerate(draft.content.panels):
        if panel.image is not None and panel.image.sha256 in draft.seen_elsewhere:
            message = "Another problem of the collection shows this image."
            yield _warning("image_seen_elsewhere", message, index, "image")


def images_are_large_enough(draft: Draft) -> Iterator[Finding]:
    """Models see little in an image below 224 pixels."""
    for index, panel in enumerate(draft.content.panels):
        image = panel.image
        if image is not None and min(image.width, image.height) < MIN_SIDE_PIXELS:
            size = f"{image.width} x {image.height}"
            message = f"The image is small ({size} pixels; {MIN_SIDE_PIXELS} or more is better)."
            yield _warning("image_small", message, index, "image")


def questions_are_one(draft: Draft) -> Iterator[Finding]:
    """In-context learning is clearest when every panel asks the same."""
    asked = [(i, p) for i, p in enumerate(draft.content.panels) if p.question.strip()]
    for index, panel in asked[1:]:
        if _words(panel) != _words(asked[0][1]):
            message = "The question differs from the first panel's."
            yield _warning("question_differs", message, index, "question")


def _words(panel: PanelContent) -> list[str]:
    return panel.question.split()


def query_answer_is_shown(draft: Draft) -> Iterator[Finding]:
    """Without an example that has the query's answer the problem tests reasoning, not copying."""
    content = draft.content
    if len(content.queries) != 1 or not normalize(content.query.answer):
        return
    shown = {normalize(panel.answer) for panel in content.examples}
    if normalize(content.query.answer) not in shown:
        message = (
            "No example has the query's answer: the problem tests reasoning, not copying. "
            "Is that what you want?"
        )
        query = content.panels.index(content.query)
        yield _warning("answer_not_among_examples", message, query, "answer")


RULES: tuple[Rule, ...] = (
    annotations_are_chosen,
    examples_are_enough,
    query_is_one,
    panels_are_complete,
    images_are_described,
    images_differ,
    answer_is_not_in_question,
    answers_vary,
    answers_are_spelled_alike,
    answers_have_one_form,
    images_are_new,
    images_are_large_enough,
    questions_are_one,
    query_answer_is_shown,
)

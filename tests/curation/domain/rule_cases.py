"""Drafts of which the rules say one thing, and drafts of which they say nothing."""

from dataclasses import dataclass, replace

from curation.domain.content import Annotations, PanelRole, ProblemContent
from curation.domain.rules import MAX_EXAMPLES, MIN_EXAMPLES
from tests.curation.domain.contents import ANNOTATIONS, make_content, with_image, with_panel

FINE = make_content()
QUERY = len(FINE.panels) - 1
type At = tuple[int | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A draft, and what exactly the rules say of it under one code."""

    name: str
    content: ProblemContent
    code: str = ""
    at: tuple[At, ...] = ((None, ""),)


def _asking(question: str, *answers: str) -> ProblemContent:
    """All panels ask this."""
    content = make_content(*answers)
    panels = [replace(panel, question=question) for panel in content.panels]
    return replace(content, panels=tuple(panels))


def _examples(count: int) -> ProblemContent:
    """So many examples and a query."""
    answers = [("Effusion", "Fracture")[number % 2] for number in range(count)]
    return make_content(*answers, "Effusion")


def _without_query() -> ProblemContent:
    return with_panel(FINE, QUERY, role=PanelRole.EXAMPLE)


def _same_image(first: int, second: int) -> ProblemContent:
    return with_panel(FINE, second, image=FINE.panels[first].image)


_LUNGS = make_content("Left", "Left lung", "Left lung")
FOUND = (
    *(
        Case(
            name=f"no {name}",
            code="annotation_missing",
            content=make_content(annotations=replace(ANNOTATIONS, **{name: ""})),
            at=((None, name),),
        )
        for name in Annotations.__slots__
    ),
    Case(name="no panel", code="too_few_examples", content=replace(FINE, panels=())),
    Case(name="one example", code="too_few_examples", content=_examples(MIN_EXAMPLES - 1)),
    Case(name="eleven", code="too_many_examples", content=_examples(MAX_EXAMPLES + 1)),
    Case(name="no query", code="query_missing", content=_without_query()),
    Case(
        name="two queries",
        code="query_twice",
        content=with_panel(FINE, 0, role=PanelRole.QUERY),
    ),
    Case(
        name="no image",
        code="image_missing",
        content=with_panel(FINE, 1, image=None),
        at=((1, "image"),),
    ),
    Case(
        name="blank question",
        code="question_missing",
        content=with_panel(FINE, 1, question=" \n"),
        at=((1, "question"),),
    ),
    *(
        Case(
            name=f"answer {answer!r}",
            code="answer_missing",
            content=with_panel(FINE, QUERY, answer=answer),
            at=((QUERY, "answer"),),
        )
        for answer in ("", " ", "...", "-?!")
    ),
    *(
        Case(
            name=f"image without {name}",
            code=f"{name}_missing",
            content=with_image(FINE, 1, **{name: nothing}),
            at=((1, name),),
        )
        for name, nothing in {
            "source": " ",
            "license": "",
            "attribution": "",
            "no_patient_confirmed": False,
        }.items()
    ),
    Case(
        name="query's image in example 2",
        code="query_image_among_examples",
        content=_same_image(1, QUERY),
        at=((QUERY, "image"),),
    ),
    Case(
        name="one image in two examples",
        code="image_twice",
        content=_same_image(0, 1),
        at=((1, "image"),),
    ),
    Case(
        name="question of a template that names nothing",
        code="question_unnamed",
        content=with_panel(FINE, 0, question="Is the finding present in this image?"),
        at=((0, "question"),),
    ),
    Case(
        name="question with its answer",
        code="answer_in_question",
        content=with_panel(FINE, 1, question="Where is the FRACTURE?"),
        at=((1, "question"),),
    ),
    Case(
        name="answer of several words",
        code="answer_in_question",
        content=with_panel(
            make_content("Pleural effusion", "Normal chest", "Normal chest"),
            0,
            question="Do you see a pleural effusion?",
        ),
        at=((0, "question"),),
    ),
    Case(
        name="answer that holds another answer",
        code="answer_in_question",
        content=with_panel(_LUNGS, 1, question="Is the left lung affected?"),
        at=((1, "question"),),
    ),
    Case(
        name="answer within another answer",
        code="answer_in_question",
        content=with_panel(_LUNGS, 0, question="Is the left lung affected?"),
        at=((0, "question"),),
    ),
    Case(
        name="all answers the same",
        code="answers_all_the_same",
        content=make_content("Effusion", "effusion.", "EFFUSION"),
    ),
    Case(
        name="one answer spelled in two ways",
        code="answer_spelled_differently",
        content=make_content("Effusion", "Fracture", "effusion."),
        at=((QUERY, "answer"),),
    ),
    Case(
        name="capital",
        code="answers_differ_in_capital",
        content=make_content("Effusion", "fracture", "Effusion"),
    ),
    Case(
        name="full stop",
        code="answers_differ_in_full_stop",
        content=make_content("Effusion.", "Fracture", "Effusion."),
    ),
    Case(
        name="double space",
        code="answers_differ_in_spaces",
        content=make_content("Effusion", "Rib  fracture", "Effusion"),
    ),
    Case(
        name="space at the end of a line",
        code="answers_differ_in_spaces",
        content=make_content("Effusion", "Fracture \nand air", "Effusion"),
    ),
    Case(
        name="side",
        code="answers_differ_in_side",
        content=make_content("Left effusion", "Fracture", "Left effusion"),
    ),
    Case(
        name="length",
        code="answers_differ_in_length",
        content=make_content("Effusion", "Fracture of the third rib", "Effusion"),
    ),
    *(
        Case(
            name=f"image {width} x {height}",
            code="image_small",
            content=with_image(FINE, 0, width=width, height=height),
            at=((0, "image"),),
        )
        for width, height in ((223, 500), (500, 223))
    ),
    Case(
        name="another question",
        code="question_differs",
        content=with_panel(FINE, 1, question="Which bone is broken?"),
        at=((1, "question"),),
    ),
    Case(
        name="query's answer in no example",
        code="answer_not_among_examples",
        content=make_content("Effusion", "Fracture", "Tumor"),
        at=((QUERY, "answer"),),
    ),
)
SILENT = (
    Case(name="complete", content=FINE),
    Case(name="two examples", content=_examples(MIN_EXAMPLES)),
    Case(name="ten examples", content=_examples(MAX_EXAMPLES)),
    Case(name="yes or no", content=_asking("Is it broken, yes or no?", "Yes", "No", "No")),
    Case(name="a word no", content=_asking("Is there no air?", "No", "Yes", "No")),
    Case(
        name="side offered",
        content=_asking("Is it on the left or on the right?", "Left", "Right", "Left"),
    ),
    Case(
        name="answers offered",
        content=_asking("Benign or malignant?", "Benign", "Malignant", "Malignant"),
    ),
    Case(name="single letters", content=_asking("Is a or b dilated?", "A", "B", "A")),
    Case(name="numbers", content=_asking("Grade from 1 to 3?", "1", "2", "1")),
    Case(
        name="part of a word",
        content=_asking("Which costal lesion?", "Cost", "Rib", "Rib"),
    ),
    Case(
        name="sides in all",
        content=make_content("Left effusion", "Bilateral effusion", "Left effusion"),
    ),
    Case(name="a word like a side", content=make_content("Cleft", "Bright", "Cleft")),
    Case(
        name="lengths alike",
        content=make_content("Effusion", "Fracture of a rib", "Effusion"),
    ),
    Case(name="a number first", content=make_content("3 ribs", "Fracture", "3 ribs")),
    Case(name="several lines", content=make_content("Effusion\nand air", "Air", "Air")),
    Case(
        name="a longer answer offered beside another",
        content=_asking("Left lung or right lung?", "Left lung", "Right lung", "Right lung"),
    ),
    Case(name="just large enough", content=with_image(FINE, 0, width=224, height=224)),
    Case(
        name="question with other spaces",
        content=with_panel(FINE, 1, question="  What does\nthis image show? "),
    ),
    Case(name="no alternative text", content=with_image(FINE, 0, alt_text="")),
    Case(
        name="margins of an answer",
        content=make_content("Effusion", "Fracture", "Effusion "),
    ),
)

"""Contents for tests of the domain: one that is complete, and any that could ever be written."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from curation.domain.content import (
    Annotations,
    ImageContent,
    PanelContent,
    PanelRole,
    ProblemContent,
)

ANNOTATIONS = Annotations(
    specialty="radiology",
    answer_format="free_response",
    image_type="xray",
    cognitive_process="classification",
    rarity="common",
    difficulty="easy",
)


def make_image(number: int, **changes: Any) -> ImageContent:
    """A described picture, large enough, unlike those of other numbers."""
    image = ImageContent(
        sha256=f"{number:064x}",
        media_type="image/png",
        width=640,
        height=480,
        alt_text="A chest from the front",
        source="Our archive",
        license="CC0-1.0",
        attribution="The clinic",
        no_patient_confirmed=True,
    )
    return replace(image, **changes)


def make_panel(answer: str, number: int, **changes: Any) -> PanelContent:
    """An example with a picture of its own."""
    panel = PanelContent(
        role=PanelRole.EXAMPLE,
        question="What does this image show?",
        answer=answer,
        image=make_image(number),
    )
    return replace(panel, **changes)


def make_content(*answers: str, **changes: Any) -> ProblemContent:
    """A problem about which the rules say nothing; the last answer is the query's."""
    answers = answers or ("Effusion", "Fracture", "Effusion")
    panels = [make_panel(answer, number) for number, answer in enumerate(answers)]
    panels[-1] = replace(panels[-1], role=PanelRole.QUERY)
    content = ProblemContent(problem_id="p1", annotations=ANNOTATIONS, panels=tuple(panels))
    return replace(content, **changes)


def with_panel(content: ProblemContent, index: int, **changes: Any) -> ProblemContent:
    """The content with one panel changed."""
    panels = list(content.panels)
    panels[index] = replace(panels[index], **changes)
    return replace(content, panels=tuple(panels))


def with_image(content: ProblemContent, index: int, **changes: Any) -> ProblemContent:
    """The content with one panel's picture changed."""
    image = content.panels[index].image
    assert image is not None
    return with_panel(content, index, image=replace(image, **changes))


# Few words and signs, so that equal and nearly equal answers are met often; and any text.
words = st.one_of(
    st.sampled_from(
        ["", " ", "...", "A", "a.", "Yes", "yes.", "left", "Left lung", "No", "\u00e9", "e\u0301"]
    ),
    st.text(max_size=12),
)
_hashes = st.integers(0, 3).map(lambda number: f"{number:064x}")
images = st.builds(
    ImageContent,
    sha256=_hashes,
    media_type=st.sampled_from(["image/png", "image/jpeg"]),
    width=st.integers(0, 10_000),
    height=st.integers(0, 10_000),
    alt_text=words,
    source=words,
    license=words,
    attribution=words,
    no_patient_confirmed=st.booleans(),
)
panels = st.builds(
    PanelContent,
    role=st.sampled_from(PanelRole),
    question=words,
    answer=words,
    accepted_variants=st.lists(words, max_size=2).map(tuple),
    image=st.none() | images,
)
contents = st.builds(
    ProblemContent,
    problem_id=words,
    annotations=st.builds(Annotations, **dict.fromkeys(Annotations.__slots__, words)),
    panels=st.lists(panels, max_size=12).map(tuple),
)
fingerprints = st.dictionaries(_hashes, st.integers(0, 2**64 - 1).map(lambda bits: f"{bits:016x}"))

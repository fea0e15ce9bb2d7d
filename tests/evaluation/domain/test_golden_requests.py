"""Every preset asks exactly what its description in `tests/evaluation/golden` says."""

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from curation.domain.content import Annotations, PanelRole, ProblemContent
from evaluation.asking import request_for
from evaluation.clients.contract import Request
from evaluation.domain.arms import Noise
from evaluation.domain.noise import Pool
from evaluation.domain.prompting import ImagePart, Part, TextPart
from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.domain.showing import ShownExample, variants_of
from tests.evaluation.domain.builders import image, panel

GOLDEN = Path(__file__).parents[1] / "golden"
_TURN = re.compile(r"(?P<role>\w+): (?:\[(?P<image>[^]]+)\] )?(?P<text>.+)")


def _problem(
    name: str, specialty: str, process: str, question: str, *answers: str
) -> ProblemContent:
    """The last answer is the query's."""
    places = [*map(str, range(1, len(answers))), "query"]
    roles = [PanelRole.EXAMPLE] * (len(answers) - 1) + [PanelRole.QUERY]
    return ProblemContent(
        problem_id=name,
        annotations=Annotations(specialty=specialty, cognitive_process=process),
        panels=tuple(
            replace(panel(role, answer, image=image(f"{name} {place}")), question=question)
            for role, answer, place in zip(roles, answers, places, strict=True)
        ),
    )


PROBLEMS = {
    content.problem_id: content
    for content in (
        _problem(
            "fracture", "radiology", "classification", "Is there a fracture?", "Yes", "No", "No"
        ),
        _problem(
            "opacity",
            "radiology",
            "classification",
            "Where is the opacity?",
            "Left lung",
            "Right lung",
            "Both lungs",
            "Right lung",
        ),
        _problem(
            "mole",
            "dermatology",
            "reasoning",
            "What is this lesion?",
            "Nevus",
            "Melanoma",
            "Seborrheic keratosis",
        ),
    )
}


def _requests(protocol: Protocol) -> Iterator[tuple[str, Request]]:
    """What is asked of the three problems, each request under its heading."""
    pool = Pool(PROBLEMS.values(), protocol)
    for content in PROBLEMS.values():
        drawn = pool.drawn_for(content) if protocol.noise is not Noise.NONE else ()
        if drawn is None:
            continue
        foreign = [ShownExample.of(PROBLEMS[one.problem_id], one.place) for one in drawn]
        for variant in variants_of(content, protocol, set_seed=42, foreign=foreign):
            request = request_for(content, protocol, variant)
            assert request is not None
            order = f", order {variant.order + 1}" if protocol.order == "permutations" else ""
            yield f"{content.problem_id}{order}", request


type _Turns = list[tuple[str, tuple[str, ...], str]]


def _sent(request: Request) -> _Turns:
    """Role, the images' hashes and the text of each turn, the image first as it is sent."""
    turns: _Turns = []
    for turn in request.prompt.turns:
        assert list(map(_rank, turn.parts)) == sorted(map(_rank, turn.parts))
        hashes = tuple(part.sha256 for part in turn.parts if isinstance(part, ImagePart))
        (text,) = (part.text for part in turn.parts if isinstance(part, TextPart))
        turns.append((turn.role.value, hashes, text))
    return turns


def _rank(part: Part) -> int:
    return isinstance(part, TextPart)


def _described(name: str) -> list[tuple[str, _Turns]]:
    blocks = (GOLDEN / f"{name}.txt").read_text().strip().split("\n\n")[1:]
    return [(block.splitlines()[0][3:], _turns(block.splitlines()[1:])) for block in blocks]


def _turns(lines: list[str]) -> _Turns:
    turns: _Turns = []
    for line in lines:
        match = _TURN.fullmatch(line)
        assert match, line
        shown = (sha256(match["image"].encode()).hexdigest(),) if match["image"] else ()
        text = match["text"].replace(" // ", "\n\n").replace(" / ", "\n")
        turns.append((match["role"], shown, text))
    return turns


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_asks_exactly_what_its_description_says(name: str) -> None:
    asked = [(heading, _sent(request)) for heading, request in _requests(PRESETS[name])]
    assert asked == _described(name)


def test_there_is_a_description_of_every_preset_and_of_nothing_else() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == sorted(PRESETS)

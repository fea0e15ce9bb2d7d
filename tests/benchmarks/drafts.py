"""How long saving a draft takes among 100,000 problems: a panel's autosave with all it answers.

The draft has eleven panels. Each of its images is shown by three other problems and looks like
images of others, so that every question to the collection has an answer.
"""

import logging
import sys
import uuid
from collections.abc import Iterator

from django.test import Client
from django.test.utils import setup_test_environment
from django.utils import timezone

from curation.domain.content import PanelRole
from curation.models import Image, ImageLikeness, Panel, Problem, User
from tests.benchmarks.databases import analyze, empty_database, fill, measured, say, tell
from tests.curation.writing import FACTS, WORDS, Desk

PROBLEMS = 100_000
PANELS = 4
IMAGES = 100_000
AUTHORS = 100
SAVES = 300
MOST_MILLISECONDS = 100


def _images(people: list[User]) -> Iterator[Image]:
    now = timezone.now()
    for number in range(IMAGES):
        yield Image(
            sha256=f"{number:064x}",
            media_type="image/png",
            width=640,
            height=480,
            byte_size=1,
            fingerprint=f"{uuid.uuid4().int >> 64:016x}",
            source="Our archive",
            license="CC0-1.0",
            attribution="The clinic",
            no_patient_confirmed_at=now,
            uploaded_by=people[number % AUTHORS],
        )


def _pairs(images: list[Image]) -> Iterator[ImageLikeness]:
    for number, image in enumerate(images):
        for step in (1, 2, 3):
            other = images[(number + step) % IMAGES]
            yield ImageLikeness(image=image, other=other, distance=step)
            yield ImageLikeness(image=other, other=image, distance=step)


def _panel(problem: Problem, position: int, count: int, image: Image) -> Panel:
    is_query = position == count - 1
    return Panel(
        problem=problem,
        role=PanelRole.QUERY if is_query else PanelRole.EXAMPLE,
        position=position,
        question="What does this image show?",
        answer=("Pleural effusion", "Pneumothorax", "Normal chest.")[position % 3],
        image=image,
    )


def _panels(problems: list[Problem], images: list[Image]) -> Iterator[Panel]:
    for number, problem in enumerate(problems):
        for position in range(PANELS):
            image = images[(number * PANELS + position) % IMAGES]
            yield _panel(problem, position, PANELS, image)


def _fill() -> Problem:
    """Everything, and the draft that is written."""
    people = [
        User.objects.create_user(f"{number}@example.org", name="Author", is_author=True)
        for number in range(AUTHORS)
    ]
    images = list(_images(people))
    fill(Image, images)
    fill(ImageLikeness, _pairs(images))
    problems = [Problem(author=people[number % AUTHORS]) for number in range(PROBLEMS)]
    fill(Problem, problems)
    fill(Panel, _panels(problems, images))
    draft = Problem.objects.create(author=people[0])
    fill(Panel, (_panel(draft, position, 11, images[position * 100]) for position in range(11)))
    analyze()
    return draft


def _save(desk: Desk, number: int) -> None:
    panel = desk.panel(number % 11)
    sent = WORDS | FACTS | {"question": f"What does image {number} show?"}
    answer = desk.send(panel=panel, has_scripts=True, **sent)
    if answer.status_code != 200:
        raise RuntimeError(f"A save answered {answer.status_code}.")


def _measure() -> float:
    logging.disable(logging.INFO)
    with empty_database() as vendor:
        draft = _fill()
        setup_test_environment()
        desk = Desk(Client(), draft.author, draft)
        desk.client.force_login(draft.author)
        say(f"{vendor}, {PROBLEMS:,} problems, {IMAGES:,} images, a draft of 11 panels:")
        for number in range(20):  # until everything is loaded once
            _save(desk, number)
        saved = measured(lambda number: _save(desk, number), range(SAVES))
        return tell("  autosave of a panel", saved)


if __name__ == "__main__":
    sys.exit(_measure() > MOST_MILLISECONDS)

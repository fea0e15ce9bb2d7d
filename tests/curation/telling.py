"""A problem whose every telling word is known, and a walk through all pages that could say one."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from curation import workflow
from curation.models import (
    Comment,
    Image,
    Notice,
    NoticeKind,
    Panel,
    Problem,
    Review,
    Revision,
    Stage,
    User,
    Verdict,
)
from tests.factories import Shown, make_person, make_problem

QUESTION = "Which organ is this?"
TRUTH = ("Zweifelbein", "Quastenflosser", "Hinterwald", "Gutenstein")
"""The query's answer, its variant, the description and the credit of its image."""
EXAMPLES = ("Mondkalb", "Ackerwinde", "Steinadler")
"""The answers of two examples and the description of their images."""
SAID = ("Wolkenbruch", "Donnerkeil")
"""Why a warning is all right, and what another reviewer said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The problem before its reviewers, and one of them who is an author, too."""

    problem: Problem
    revision: Revision
    reviewer: User
    images: Sequence[Image]


def make_telling() -> Telling:
    """Submitted, explained, judged and remarked upon by another reviewer."""
    problem = _submitted()
    revision = problem.current_revision
    assert revision is not None
    reviewer, other = make_person(is_reviewer=True, is_author=True), make_person(is_reviewer=True)
    Review.objects.create(
        revision=revision, reviewer=other, verdict=Verdict.APPROVE, comment=f"A fine {SAID[1]}."
    )
    Comment.objects.create(
        revision=revision, panel=2, field="answer", text=SAID[1], written_by=other, is_sent=True
    )
    Notice.objects.tell(
        [reviewer],
        kind=NoticeKind.COMMENT,
        problem=problem,
        text="Somebody wrote.",
        quote=SAID[1],
        address=reverse("curation:review_detail", args=[revision.pk]),
    )
    # Of a picture that others show, too, the rules say so on the pages of whoever brought it.
    make_problem(reviewer, examples=_shown("One", "Two"), query=Shown(answer="One", picture=93))
    images = list(revision.images.all())
    return Telling(problem=problem, revision=revision, reviewer=reviewer, images=images)


def _shown(*answers: str) -> tuple[Shown, ...]:
    return tuple(
        Shown(answer=answer, question=QUESTION, picture=number)
        for number, answer in enumerate(answers, start=91)
    )


def _submitted() -> Problem:
    author = make_person(is_author=True)
    query = Shown(answer=TRUTH[0], question=QUESTION, accepted_variants=TRUTH[1:2], picture=93)
    problem = make_problem(author, examples=_shown(*EXAMPLES[:2]), query=query)
    for panel in problem.panels.all():
        told = TRUTH if panel.is_query else (*EXAMPLES[:1] * 2, EXAMPLES[2], "Nobody")
        image = Image.objects.filter(panels=panel)
        image.update(alt_text=told[2], source=told[3], attribution=told[3])
    explanations = {"image_small": f"It is a {SAID[0]}."}
    Problem.objects.filter(pk=problem.pk).update(explanations=explanations)
    workflow.submit(problem, by=author, version=problem.version)
    return Problem.objects.get(pk=problem.pk)


def told_on(client: Client, telling: Telling, words: Sequence[str]) -> dict[str, list[str]]:
    """Which of the words stand in what any address answers, whole or as a fragment, by address."""
    found = {one: telling_words(client, one, words) for one in addresses(telling)}
    return {address: told for address, told in found.items() if told}


def telling_words(client: Client, address: str, words: Sequence[str]) -> list[str]:
    """Which of the words stand in what an address answers, whole or as a fragment."""
    cache.clear()  # limits of the API: what is refused tells nothing
    texts = [_everything(client, address, headers) for headers in ({}, {"HX-Request": "true"})]
    return [word for word in words if any(word.lower() in text for text in texts)]


def _everything(client: Client, address: str, headers: Mapping[str, str]) -> str:
    """Head and body of an answer, and of those it leads to, in lower case."""
    answer: Any = client.get(address, headers=headers, follow=True)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return (
        f"{answer.headers}{answer.redirect_chain}".lower() + body.decode(errors="replace").lower()
    )


def addresses(telling: Telling) -> Iterator[str]:
    """Every address of curation and evaluation, those with arguments for all that may fit."""
    for name, arguments in _routes(get_resolver(), ""):
        fitting = [_values(telling, argument) for argument in arguments]
        for chosen in itertools.product(*fitting):
            yield reverse(name, kwargs=dict(zip(arguments, chosen, strict=True)))


def _routes(resolver: URLResolver, namespace: str) -> Iterator[tuple[str, list[str]]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace in {"curation", "evaluation", "curation_api", "evaluation_api"}:
                yield from _routes(entry, entry.namespace)
        elif isinstance(entry, URLPattern) and namespace:
            yield f"{namespace}:{entry.name}", list(entry.pattern.converters)


def _values(telling: Telling, argument: str) -> Sequence[object]:
    """What an argument of this name may be: rows of the problem, or of anybody who has any."""
    rows: Mapping[str, Sequence[object]] = {
        "problem_id": list(Problem.objects.values_list("pk", flat=True)),
        "panel_id": list(Panel.objects.values_list("pk", flat=True)),
        "image_id": [image.pk for image in telling.images],
        "revision_id": [telling.revision.pk],
        "notice_id": list(Notice.objects.values_list("pk", flat=True)),
        "person_id": [telling.problem.author_id],
        "scan_id": [telling.problem.pk],
        "import_id": [telling.problem.pk],
        "stage": list(Stage.values),
        "move": ["approve"],
        "version": ["1.0.0"],
        "path": ["problems.jsonl"],
        "token": ["none"],
    }
    return rows.get(argument, [1])

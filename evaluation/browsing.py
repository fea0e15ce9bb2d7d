"""Looking through the predictions of a run: what was chosen, what there is, which comes next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode

import numpy as np

from curation.domain.content import PanelContent
from curation.models import Problem, Release, User
from curation.permissions import answers_hidden_from, can_edit_collection
from evaluation.domain.arms import Order
from evaluation.domain.browsing import Choice, Columns, Facet, Keys
from evaluation.domain.protocol import Protocol
from evaluation.indexing import bare_columns, current_index, planned, texts_of
from evaluation.models import Prediction, Run, RunIndex

COMPLETIONS_SEARCHED = 20_000
"""In a larger run a search looks through questions and right answers, not through completions."""

_LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of a run's predictions: values by facet, and a text."""

    chosen: Mapping[str, str]
    text: str = ""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "Asked":
        """Read from an address; what no facet is called is let be."""
        chosen = {name: value for name, value in parameters.items() if name not in {"q", "page"}}
        return cls(chosen, parameters.get("q", "").strip()[:_LONGEST_SEARCH])

    def query(self, **changes: str | None) -> str:
        """The address's query, less what changes to None; empty where nothing is asked."""
        wanted = {"q": self.text or None, **self.chosen, **changes}
        kept = {name: value for name, value in wanted.items() if value is not None}
        return f"?{urlencode(kept)}" if kept else "?"


@dataclass(frozen=True, slots=True)
class Option:
    """A value of a facet as a link: it chooses the value, or lets it go where it is chosen."""

    label: str
    count: int
    is_chosen: bool
    query: str


@dataclass(frozen=True, slots=True)
class ShownFacet:
    """A facet with the values that something has."""

    label: str
    options: list[Option]

    @property
    def is_chosen(self) -> bool:
        """Whether one of its values is."""
        return any(option.is_chosen for option in self.options)


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """Facets that stand together."""

    label: str
    facets: list[ShownFacet]

    @property
    def is_chosen(self) -> bool:
        """Whether something in it is."""
        return any(facet.is_chosen for facet in self.facets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsed:
    """A run's predictions as one person looks through them.

    ``is_current`` says whether the columns are of the run as it is now, ``indexed_at`` when they
    were made; None where a worker has still to make them, and all that is there is shown.
    """

    asked: Asked
    choice: Choice
    indexed_at: datetime | None
    is_current: bool
    is_searched_whole: bool

    @property
    def total(self) -> int:
        """How many predictions the run has."""
        return len(self.choice.columns.predictions)

    def groups(self) -> list[FacetGroup]:
        """What can be chosen, with counts."""
        shown = [(facet.group, self._shown(facet)) for facet in self.choice.columns.facets]
        told = [(group, facet) for group, facet in shown if facet is not None]
        return [
            FacetGroup(label, [facet for _, facet in facets])
            for label, facets in groupby(told, key=lambda one: one[0])
        ]

    def lifted(self) -> list[tuple[str, str]]:
        """What is chosen, in words, each with the address's query without it."""
        asked = [(f"“{self.asked.text}”", self.asked.query(q=None))] if self.asked.text else []
        for facet in self.choice.columns.facets:
            value = self.asked.chosen.get(facet.name)
            if value in facet.values:
                label = facet.labels[facet.values.index(value)]
                words = label if facet.group == "Scorers differ" else f"{facet.label}: {label}"
                asked.append((words, self.asked.query(**{facet.name: None})))
        return asked

    def _shown(self, facet: Facet) -> ShownFacet | None:
        chosen = self.asked.chosen.get(facet.name)
        options = [
            Option(
                label,
                count,
                value == chosen,
                self.asked.query(**{facet.name: None if value == chosen else value}),
            )
            for value, label, count in zip(
                facet.values, facet.labels, self.choice.counts(facet), strict=True
            )
            if count or value == chosen
        ]
        # One value that all have tells nothing apart; a contradiction is worth its link alone.
        is_worth = len(options) > 1 or facet.name == "outcome" or facet.name.startswith("differ.")
        return ShownFacet(facet.label, options) if options and (is_worth or chosen) else None


def browse(run: Run, reader: User, parameters: Mapping[str, str]) -> Browsed:
    """What an address asks of a run, few queries at any size."""
    index = current_index(run)
    kept = index or RunIndex.objects.of(run).first()
    columns = kept.read() if kept else bare_columns(run)
    asked = _known(Asked.of(parameters), columns)
    is_whole = planned(run) <= COMPLETIONS_SEARCHED
    return Browsed(
        asked=asked,
        choice=Choice(
            columns,
            asked.chosen,
            _found(run, columns, asked.text, is_whole=is_whole) if asked.text else None,
            hidden_revisions(run, reader),
        ),
        indexed_at=kept.made_at if kept else None,
        is_current=index is not None,
        is_searched_whole=is_whole,
    )


def _known(asked: Asked, columns: Columns) -> Asked:
    """Less what is no value of a facet: such an address shows what it would without it."""
    known = {
        facet.name: asked.chosen[facet.name]
        for facet in columns.facets
        if asked.chosen.get(facet.name) in facet.values
    }
    return Asked(known, asked.text)


def _found(run: Run, columns: Columns, text: str, *, is_whole: bool) -> Keys:
    """The predictions in whose question, right answer or completion a text stands."""
    folded = text.lower()
    found = columns.asking(key for key, words in texts_of(run).items() if folded in words)
    if not is_whole:
        return found
    saying = Prediction.objects.of_run(run.pk).saying(text).order_by()
    return np.union1d(found, np.array(saying.values_list("pk", flat=True), dtype=np.int64))


def hidden_revisions(run: Run, reader: User) -> frozenset[int]:
    """The revisions of a run of which this person may not know the answer."""
    if can_edit_collection(reader):
        return frozenset()
    items = run.release.items.select_related("problem")
    if run.release.stage != Release.Stage.DRAFT:
        items = items.held_out()  # it told the others to everybody
    revision_of: dict[Problem, int] = {item.problem: item.revision_id for item in items}
    hidden = answers_hidden_from(reader, revision_of)
    return frozenset(key for problem, key in revision_of.items() if problem.pk in hidden)


@dataclass(frozen=True, slots=True)
class ShownPrediction:
    """A prediction in a table; of what is held out neither what is right nor what was said.

    A score would tell, too: what a baseline answers is known.
    """

    prediction: Prediction
    query: PanelContent
    is_hidden: bool
    which: str = ""


def shown_predictions(
    predictions: Iterable[Prediction], protocol: Protocol, reader: User
) -> list[ShownPrediction]:
    """Rows of a table; load the predictions `with_parts`."""
    rows = list(predictions)
    hidden = answers_hidden_from(reader, [each.revision.problem for each in rows])
    return [
        ShownPrediction(
            prediction,
            prediction.revision.content().query,
            prediction.revision.problem_id in hidden,
            which_of_its_problem(prediction, protocol),
        )
        for prediction in rows
    ]


def which_of_its_problem(prediction: Prediction, protocol: Protocol) -> str:
    """What tells the prediction from the others of its problem, where there are some."""
    words = []
    if protocol.order is Order.PERMUTATIONS:
        words.append(f"order {prediction.order + 1}")
    if protocol.repeats > 1:
        words.append(f"time {prediction.repeat + 1}")
    return ", ".join(words)

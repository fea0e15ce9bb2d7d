"""The editor of a panel as a browser without scripts, and one with them, sends it."""

from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import reverse

from curation.domain.versions import version_of
from curation.models import Panel, Problem, User
from curation.saving import facts_of, words_of
from tests.factories import make_problem

WORDS: dict[str, Any] = {
    "question": "Which side is affected?",
    "answer": "Left",
    "accepted_variants": "On the left\nleft-sided",
}
FACTS: dict[str, Any] = {
    "source": "Our archive",
    "license": "CC-BY-4.0",
    "attribution": "The clinic",
    "alt_text": "A chest",
    "no_patient_confirmed": "on",
}
ACTIONS = (
    "panel_add",
    "panel_remove",
    "panel_move_earlier",
    "panel_move_later",
    "panel_make_query",
    "image_upload",
    "image_fetch",
    "image_remove",
)


@dataclass(frozen=True, slots=True)
class Desk:
    """An author, logged in, and the draft before them."""

    client: Client
    author: User
    problem: Problem

    def panel(self, index: int = 0) -> Panel:
        """A panel as it is stored now."""
        return self.problem.panels.in_order().select_related("image", "problem")[index]

    def version(self) -> int:
        """The version that is stored now."""
        return Problem.objects.get(pk=self.problem.pk).version

    def address(self, name: str = "panel_edit", panel: Panel | None = None) -> str:
        """Where a button of the panel's page leads."""
        return reverse(f"curation:{name}", args=[self.problem.pk, (panel or self.panel()).pk])

    def shown(self, panel: Panel | None = None) -> dict[str, str]:
        """The page of a panel as a browser opens it now: every text with its version."""
        panel = panel or self.panel()
        texts = words_of(panel) | (facts_of(panel.image) if panel.image else {})
        versions = {f"{name}_from": version_of(text) for name, text in texts.items()}
        image = {"describes": str(panel.image.pk)} if panel.image else {}
        return {**texts, **versions, **image}

    def send(
        self,
        name: str = "panel_edit",
        *,
        panel: Panel | None = None,
        has_scripts: bool = False,
        since: dict[str, str] | None = None,
        **changes: Any,
    ) -> Any:
        """Press a button with the words in the form of a page opened now, or some time `since`."""
        shown = self.shown(panel) if since is None else since
        sent = {"version": self.version(), **shown, **WORDS, **changes}
        sent = {name: text for name, text in sent.items() if text is not None}
        headers = {"HX-Request": "true"} if has_scripts else {}
        return self.client.post(self.address(name, panel), sent, headers=headers)

    def is_untouched(self) -> bool:
        """Whether the draft says what it said when it was laid here."""
        stored = Problem.objects.with_panels().get(pk=self.problem.pk)
        return (stored.content(), stored.version) == (self.problem.content(), self.problem.version)


def make_desk(client: Client) -> Desk:
    """A complete draft before its author."""
    problem = make_problem()
    client.force_login(problem.author)
    return Desk(client, problem.author, problem)

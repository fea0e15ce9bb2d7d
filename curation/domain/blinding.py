"""A panel as it is shown to somebody who must not know what is right."""

from dataclasses import replace

from curation.domain.content import PanelContent, PanelRole

NEUTRAL = "The image of the query"
"""What is said of the query's image in place of words that could tell the answer."""


def blinded(panel: PanelContent) -> PanelContent:
    """The query without answer, variants and whatever describes its image; an example as sent.

    Accepted variants are for judging: a model is not sent them with an example either.
    """
    if panel.role is PanelRole.EXAMPLE:
        return replace(panel, accepted_variants=())
    image = panel.image and replace(
        panel.image, alt_text=NEUTRAL, source="", attribution="", license=""
    )
    return replace(panel, answer="", accepted_variants=(), image=image)

"""Rules about the pictures: each once, large enough, naming nobody, new to the collection."""

from collections.abc import Iterator
from itertools import combinations

from curation.domain.content import ImageContent, PanelRole
from curation.domain.rules.finding import Draft, Finding, error, warning

MIN_SIDE_PIXELS = 224  # the input side of common vision encoders; smaller pictures are blown up


def images_differ(draft: Draft) -> Iterator[Finding]:
    """No image twice; the query's image not among the examples, also not nearly.

    Examples that merely look alike are a warning: neighboring slices of one scan may be how an
    expert shows what matters. A panel is told once, of the first panel it resembles.
    """
    told = set()
    for (first, one), (second, other) in combinations(_images(draft), 2):
        if not draft.is_alike(one.sha256, other.sha256):
            continue
        roles = {draft.content.panels[index].role for index in (first, second)}
        tell = _of_query if PanelRole.QUERY in roles else _of_examples
        found = tell(draft, one.sha256, other.sha256, f"example {first + 1}", second)
        if (found.code, second) not in told:
            told.add((found.code, second))
            yield found


def _of_query(draft: Draft, one: str, other: str, where: str, panel: int) -> Finding:
    message = f"The query's image looks like that of {where}."
    if draft.is_same(one, other):
        message = f"The query's image is also shown in {where}."
    return error("query_image_among_examples", message, panel, "image")


def _of_examples(draft: Draft, one: str, other: str, where: str, panel: int) -> Finding:
    if one == other:
        return error("image_twice", f"This image is already shown in {where}.", panel, "image")
    if draft.is_same(one, other):
        message = f"This image was made from the same picture as that of {where}."
        return error("image_twice", message, panel, "image")
    message = f"This image looks like that of {where}. Does it show anything new?"
    return warning("images_alike", message, panel, "image")


def text_names_nobody(draft: Draft) -> Iterator[Finding]:
    """Text in a picture is covered, or its author looked and says that it names no patient."""
    for index, image in _images(draft):
        if image.sha256 in draft.unattested_text:
            message = (
                "Text was found in this picture: cover it, or confirm below that it names nobody."
            )
            yield error("text_unattested", message, index, "image")


def images_are_new(draft: Draft) -> Iterator[Finding]:
    """An image that other problems show, or nearly, may leak one problem into another."""
    for index, image in _images(draft):
        if image.sha256 in draft.seen_elsewhere:
            message = "Another problem of the collection shows the same picture."
        elif image.sha256 in draft.alike_elsewhere:
            message = "Another problem of the collection shows a picture that looks like this one."
        else:
            continue
        yield warning("image_seen_elsewhere", message, index, "image")


def images_are_large_enough(draft: Draft) -> Iterator[Finding]:
    """Models see little in an image below 224 pixels."""
    for index, image in _images(draft):
        if min(image.width, image.height) < MIN_SIDE_PIXELS:
            size = f"{image.width} x {image.height}"
            message = f"The image is small ({size} pixels; {MIN_SIDE_PIXELS} or more is better)."
            yield warning("image_small", message, index, "image")


def _images(draft: Draft) -> Iterator[tuple[int, ImageContent]]:
    for index, panel in enumerate(draft.content.panels):
        if panel.image is not None:
            yield index, panel.image

"""What must hold of a revision's text and images when it is approved and whenever it is released.

What the rules said when it was submitted is not enough: rules grow, and authors take back what
they confirmed of an image.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import batched

from curation.domain.content import PanelContent, PanelRole, ProblemContent
from curation.domain.rules import Draft, findings
from curation.errors import InvalidContentError
from curation.models import CoveredRevision, Image, Revision, RevisionImage

_MOST_NAMED = 5
_AT_ONCE = 500


def require_clear(revisions: Collection[int]) -> None:
    """InvalidContentError that names what is wrong with which of these keys, if anything is.

    The images stay locked, so that until the end of the transaction nobody takes back what was
    confirmed of them.
    """
    images = Image.objects.filter(pk__in=RevisionImage.objects.of(revisions).values("image"))
    # In one order, so that two who lock them do not wait for each other.
    list(images.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))
    flaws = [flaw for revision in _read(revisions) for flaw in _flaws(revision)]
    if flaws:
        raise InvalidContentError(_said(flaws))


def _read(revisions: Collection[int]) -> Iterator[Revision]:
    """In their order, some at a time: memory does not grow with a release."""
    for batch in batched(revisions, _AT_ONCE, strict=False):
        found = Revision.objects.with_parts().in_bulk(batch)
        yield from (found[pk] for pk in batch)


def _flaws(revision: Revision) -> Iterator[str]:
    content = revision.content()
    title = content.query.question if content.queries else str(revision.problem)
    for flaw in flaws_of(revision):
        yield f"“{title}” by {revision.problem.author}: {flaw}"


def flaws_of(revision: Revision) -> Sequence[str]:
    """What is wrong with it now, as it was frozen and by what its images say today."""
    content, images = revision.content(), list(revision.images.all())
    draft = Draft(
        content=content,
        fingerprints={image.sha256: image.fingerprint for image in images},
        origins={image.sha256: image.origin_sha256 for image in images if image.origin_sha256},
        unattested_text=frozenset(i.sha256 for i in images if i.has_unattested_text),
    )
    described = _as_described_now(content, images)
    seen = [draft] if described == content else [draft, replace(draft, content=described)]
    found = [one for each in seen for one in findings(each) if one.is_error]
    taken = _taken_with(revision)
    said = [_in_words(content, one.panel, one.message) for one in found if one.code not in taken]
    return list(dict.fromkeys(said))


def _taken_with(revision: Revision) -> Sequence[str]:
    """Errors that the editor who imported it knew of and signed for."""
    covered: CoveredRevision | None = getattr(revision, "covered", None)
    return covered.accepted_errors if covered else ()


def _as_described_now(content: ProblemContent, images: Iterable[Image]) -> ProblemContent:
    today = {image.sha256: image.content() for image in images}

    def described(panel: PanelContent) -> PanelContent:
        return replace(panel, image=today.get(panel.image.sha256) if panel.image else None)

    return replace(content, panels=tuple(described(panel) for panel in content.panels))


def _in_words(content: ProblemContent, panel: int | None, message: str) -> str:
    if panel is None:
        return message
    is_query = content.panels[panel].role is PanelRole.QUERY
    return f"{'Query' if is_query else f'Example {panel + 1}'}: {message}"


def _said(flaws: Sequence[str]) -> str:
    named = " ".join(flaws[:_MOST_NAMED])
    more = f" And {len(flaws) - _MOST_NAMED} more." if len(flaws) > _MOST_NAMED else ""
    return f"Something must be mended first. {named}{more}"

"""Drafts made of problems that were found in files, and what is known of them before."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from django.core.files.storage import storages

from curation.domain.content import Annotations
from curation.domain.imaging import ImageRefusedError, prepare
from curation.domain.importing import (
    FoundImage,
    FoundPanel,
    FoundProblem,
    PanelWords,
    RowFinding,
    Vocabulary,
    digest_of,
    folded,
    left_open,
)
from curation.domain.importing.terms import SMMILE_TERMS
from curation.images import bring_image
from curation.likening import liken
from curation.models import (
    ANNOTATION_CHOICES,
    Image,
    ImageLicense,
    ImportRow,
    Panel,
    Problem,
    Specialty,
    User,
)

type ReadPicture = Callable[[str], bytes]
"""Gives the bytes that were brought, by their key."""

_FACTS = ("source", "license", "attribution", "alt_text")
_PICTURE = ("media_type", "width", "height", "byte_size", "fingerprint")


def vocabulary() -> Vocabulary:
    """Every word by which a file may name a license or an annotation, and the value it means."""
    known = {name: _words(choices.choices) for name, choices in ANNOTATION_CHOICES.items()}
    known["license"] = _words(ImageLicense.choices)
    known["specialty"] = _words(Specialty.objects.values_list("slug", "name"))
    for name, terms in SMMILE_TERMS.items():
        known[name] |= {folded(term): slug for term, slug in terms.items()}
    return known


def _words(choices: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {folded(word): value for value, label in choices for word in (value, label)}


@dataclass(slots=True)
class Checker:
    """Looks at the problems of one import: do their pictures open, does the author have them?"""

    author: User
    read: ReadPicture
    _hashes: dict[str, str] = field(default_factory=dict)
    _refusals: dict[str, str] = field(default_factory=dict)
    _own: dict[str, Problem] | None = None

    def checked(self, found: FoundProblem) -> FoundProblem:
        """The problem with what its pictures would be kept as; those that do not open left out."""
        findings: list[RowFinding] = []
        panels = [self._checked_panel(panel, findings) for panel in found.panels]
        return replace(found, panels=tuple(panels), findings=(*found.findings, *findings))

    def _checked_panel(self, panel: FoundPanel, findings: list[RowFinding]) -> FoundPanel:
        if panel.image is None:
            return panel
        key = panel.image.key
        if key not in self._hashes and key not in self._refusals:
            self._look_at(key)
        if key in self._refusals:
            words = f"The image of “{panel.question[:60]}” is left open: {self._refusals[key]}"
            findings.append(left_open(words))
            return replace(panel, image=None)
        return replace(panel, image=replace(panel.image, sha256=self._hashes[key]))

    def _look_at(self, key: str) -> None:
        if own_image(key) is not None:
            self._hashes[key] = key
            return
        try:
            self._hashes[key] = prepare(self.read(key)).sha256
        except ImageRefusedError as refused:
            self._refusals[key] = str(refused)

    def known(self, digest: str) -> Problem | None:
        """The author's problem with these panels, or the one that was once imported from them."""
        if self._own is None:
            self._own = _by_digest(self.author)
        return self._own.get(digest) or imported_before(self.author, digest)


def _by_digest(author: User) -> dict[str, Problem]:
    problems = Problem.objects.written_by(author).with_panels()
    return {digest_of(_panel_words(problem)): problem for problem in problems}


def _panel_words(problem: Problem) -> Iterator[PanelWords]:
    for panel in problem.content().panels:
        sha256 = panel.image.sha256 if panel.image else ""
        yield panel.role, panel.question, panel.answer, panel.accepted_variants, sha256


def imported_before(author: User, digest: str) -> Problem | None:
    """The problem that an earlier import made of the same panels, though changed since."""
    made = ImportRow.objects.made_by(author.pk).like(digest).select_related("problem")
    row = made.first()
    return row.problem if row else None


def own_image(sha256: str) -> Image | None:
    """An image that is kept with exactly the bytes of this hash, whoever brought it first.

    Such bytes were encoded here, from pixels alone. Encoding them anew would gain nothing, and
    would give a JPEG another hash each time.
    """
    image = Image.objects.filter(sha256=sha256).first()
    if image is None:
        return None
    storage = storages["images"]
    names = (image.storage_name, image.thumbnail_name)
    return image if all(storage.exists(name) for name in names) else None


def bring_found(found: FoundImage, read: ReadPicture, *, by: User) -> Image:
    """The image as this author's own; what they say of it already stays, gaps are filled.

    That no patient shows is never taken from a file: the author confirms it in the draft.
    """
    same = own_image(found.sha256)  # known since it was checked; often from the problem before
    image = bring_image(read(found.key), by=by) if same is None else _shared(same, by)
    gaps = [name for name in _FACTS if getattr(found, name) and not getattr(image, name)]
    for name in gaps:
        setattr(image, name, getattr(found, name))
    if gaps:
        image.save(update_fields=gaps)
    return image


def _shared(image: Image, by: User) -> Image:
    """The same stored file as an image of this person; what others say of it is not taken."""
    picture = {name: getattr(image, name) for name in _PICTURE}
    own, _ = Image.objects.get_or_create(uploaded_by=by, sha256=image.sha256, defaults=picture)
    liken(own)
    return own


def make_draft(found: FoundProblem, images: dict[str, Image], *, author: User) -> Problem:
    """The problem as a draft, with whatever is missing left open. ``images``: by key."""
    annotations = found.annotations
    plain = {name: getattr(annotations, name) for name in Annotations.__slots__}
    specialty = Specialty.objects.filter(pk=plain.pop("specialty")).first()
    problem = Problem.objects.create(author=author, specialty=specialty, **plain)
    panels = [
        Panel(
            problem=problem,
            position=position,
            role=panel.role,
            question=panel.question,
            answer=panel.answer,
            accepted_variants=list(panel.accepted_variants),
            image=images[panel.image.key] if panel.image else None,
        )
        for position, panel in enumerate(found.panels)
    ]
    Panel.objects.bulk_create(panels)
    return problem

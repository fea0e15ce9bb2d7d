"""Makes problems of what a file says: words cleaned, terms understood, pictures found."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from curation.domain.content import Annotations, PanelRole
from curation.domain.importing.bag import Bag, NotFoundError
from curation.domain.importing.columns import folded
from curation.domain.importing.found import (
    FoundImage,
    FoundPanel,
    FoundProblem,
    ImportRefusedError,
    RowFinding,
    left_open,
    refusal,
)
from curation.domain.importing.limits import (
    IN_WORDS,
    MAX_FACT,
    MAX_IMAGE_BYTES,
    MAX_IMAGES,
    MAX_PANELS_OF_A_PROBLEM,
    MAX_TEXT,
    MB,
)
from curation.domain.rules import Severity

type Vocabulary = Mapping[str, Mapping[str, str]]
"""Annotation or "license" -> folded word (see `columns.folded`) -> the value we store."""

type Keep = Callable[[bytes], str]
"""Puts a picture's bytes aside and gives their SHA-256."""

_NOT_TEXT = re.compile("[\0\ud800-\udfff]")  # no database takes them
_OF_A_ROW = re.compile(r"Row (\d+): (.*)", re.DOTALL)
_ADDRESS = re.compile("https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPanel:
    """A panel as a file has it. ``place``: "Row 5"; ``key``: of a picture already put aside.

    ``sha256``: of the picture that its file must be, where that is known.
    """

    place: str
    role: str
    words: Mapping[str, str]
    accepted_variants: tuple[str, ...] = ()
    key: str = ""
    sha256: str = ""


@dataclass(slots=True)
class Pictures:
    """The pictures that problems name, each put aside once."""

    bag: Bag
    keep: Keep
    _keys: dict[str, str] = field(default_factory=dict)
    _kept: set[str] = field(default_factory=set)

    def put_aside(self, data: bytes) -> str:
        """The key of a picture given as bytes; ImportRefusedError beyond the limit."""
        key = self.keep(data)
        self._kept.add(key)
        if len(self._kept) > MAX_IMAGES:
            raise ImportRefusedError(f"These are too many images. An import takes {IN_WORDS}.")
        return key

    def named(self, name: str) -> str:
        """The key of a picture by its file's name; NotFoundError says why there is none."""
        source = self.bag.find(name)
        if source.name not in self._keys:
            if source.size > MAX_IMAGE_BYTES:
                raise NotFoundError(f"“{name}” is larger than {MAX_IMAGE_BYTES // MB} MB.")
            self._keys[source.name] = self.put_aside(source.read(MAX_IMAGE_BYTES))
        return self._keys[source.name]


def build_problem(
    raw: Sequence[RawPanel], *, name: str, place: str, pictures: Pictures, vocabulary: Vocabulary
) -> FoundProblem:
    """One problem of its panels in the order of the file; what is wrong is said in findings."""
    found: list[RowFinding] = []
    if len(raw) > MAX_PANELS_OF_A_PROBLEM:
        most = MAX_PANELS_OF_A_PROBLEM
        found.append(refusal(f"It has {len(raw)} panels; {most} are the most a problem can have."))
        raw = raw[:most]
    roles = _roles(raw, found)
    panels = [
        _panel(one, role, pictures, vocabulary, found) for one, role in zip(raw, roles, strict=True)
    ]
    in_order = sorted(panels, key=lambda panel: panel.role is PanelRole.QUERY)
    return FoundProblem(
        name=_printable(name)[:200],
        place=place,
        annotations=_annotations(raw, roles, vocabulary, found),
        panels=tuple(in_order),
        findings=_merged(found),
    )


def _merged(found: Sequence[RowFinding]) -> tuple[RowFinding, ...]:
    """What is true of several rows said once: "Rows 2, 5: there is no image."."""
    rows: dict[tuple[Severity, str], list[str]] = {}
    for finding in found:
        of_row = _OF_A_ROW.match(finding.message)
        numbers = rows.setdefault((finding.severity, of_row[2] if of_row else finding.message), [])
        numbers += [of_row[1]] if of_row else []
    return tuple(
        RowFinding(severity=severity, message=f"{_rows(numbers)}{words}")
        for (severity, words), numbers in rows.items()
    )


def _rows(numbers: Sequence[str]) -> str:
    if not numbers:
        return ""
    distinct = list(dict.fromkeys(numbers))
    return f"Row{'s' if len(distinct) > 1 else ''} {', '.join(distinct)}: "


def _roles(raw: Sequence[RawPanel], found: list[RowFinding]) -> list[PanelRole]:
    """As the file says; where it says nothing the last panel is the query."""
    said = [folded(one.role) for one in raw]
    for one, role in zip(raw, said, strict=True):
        if role not in {"", *PanelRole}:
            found.append(refusal(f"{one.place}: the role “{one.role[:50]}” is not known."))
    if "query" not in said and said[-1] == "":
        said[-1] = "query"
    if said.count("query") > 1:
        found.append(refusal("It has more than one query. Only one panel can be the query."))
        said = ["example"] * len(said)
    elif "query" not in said:
        found.append(left_open("No panel is the query."))
    return [PanelRole.QUERY if role == "query" else PanelRole.EXAMPLE for role in said]


def _panel(
    raw: RawPanel,
    role: PanelRole,
    pictures: Pictures,
    vocabulary: Vocabulary,
    found: list[RowFinding],
) -> FoundPanel:
    question, answer = (_text(raw, column, found) for column in ("question", "answer"))
    variants = (
        _clean(raw, "accepted variant", variant, found) for variant in raw.accepted_variants
    )
    return FoundPanel(
        role=role,
        question=question,
        answer=answer,
        accepted_variants=tuple(variant for variant in variants if variant),
        image=_image(raw, pictures, vocabulary, found),
    )


def _text(raw: RawPanel, column: str, found: list[RowFinding]) -> str:
    said = raw.words.get(column, "")
    if not said.strip():
        found.append(left_open(f"{raw.place}: there is no {column}."))
    return _clean(raw, column, said, found)


def _clean(raw: RawPanel, what: str, text: str, found: list[RowFinding]) -> str:
    """The text as the editor keeps it: NFC, line feeds, no white space at its ends."""
    if _NOT_TEXT.search(text):
        found.append(refusal(f"{raw.place}: the {what} holds characters that are no text."))
        return ""
    clean = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(clean) > MAX_TEXT:
        found.append(
            refusal(f"{raw.place}: the {what} has {len(clean):,} characters; {MAX_TEXT:,} fit.")
        )
        return ""
    return clean


def _image(
    raw: RawPanel, pictures: Pictures, vocabulary: Vocabulary, found: list[RowFinding]
) -> FoundImage | None:
    key = raw.key or _named_key(raw, pictures, found)
    if not key:
        return None
    address = raw.words.get("image_url", "")
    facts = {name: raw.words.get(name, "") for name in ("source", "attribution", "description")}
    if _ADDRESS.match(address):
        facts["source"] = facts["source"] or address
    kept = {name: _fact(raw, name, text, found) for name, text in facts.items()}
    license_ = raw.words.get("license", "")
    return FoundImage(
        key=key,
        source=kept["source"],
        license=_term(raw.place, "license", license_, vocabulary, found),
        attribution=kept["attribution"],
        alt_text=kept["description"],
    )


def _named_key(raw: RawPanel, pictures: Pictures, found: list[RowFinding]) -> str:
    """The key of the picture whose file the panel names; "" with a finding for none."""
    name, address = raw.words.get("image", ""), raw.words.get("image_url", "")
    if not name and address and not _ADDRESS.match(address):
        name = address  # as our own releases have it: the path inside their folder
    if _ADDRESS.match(name) or (not name and address):
        found.append(
            left_open(
                f"{raw.place}: the image is an address. Addresses are not fetched by an import; "
                "bring the image to the panel later."
            )
        )
        return ""
    if not name:
        found.append(left_open(f"{raw.place}: there is no image."))
        return ""
    try:
        return _verified(pictures.named(_printable(name)), raw)
    except NotFoundError as error:
        found.append(left_open(f"{raw.place}: {str(error)[:400]}"))
        return ""


def _verified(key: str, raw: RawPanel) -> str:
    if raw.sha256 not in {"", key}:
        raise NotFoundError("the image is not the one that was released: its bytes differ.")
    return key


def _fact(raw: RawPanel, name: str, text: str, found: list[RowFinding]) -> str:
    clean = " ".join(_printable(text).split())
    if len(clean) > MAX_FACT:
        long = f"the {name} has {len(clean):,} characters, {MAX_FACT} fit"
        found.append(left_open(f"{raw.place}: {long}: left open."))
        return ""
    return clean


def _annotations(
    raw: Sequence[RawPanel],
    roles: Sequence[PanelRole],
    vocabulary: Vocabulary,
    found: list[RowFinding],
) -> Annotations:
    """What the query's row says, else the first row that says anything."""
    by_role = sorted(zip(roles, raw, strict=True), key=lambda pair: pair[0] is not PanelRole.QUERY)
    chosen = {}
    for name in Annotations.__slots__:
        said = [one for _, one in by_role if one.words.get(name)]
        if len({folded(one.words[name]) for one in said}) > 1:
            words = name.replace("_", " ")
            found.append(left_open(f"Its rows differ in {words}; {said[0].place.lower()} counts."))
        if said:
            chosen[name] = _term(said[0].place, name, said[0].words[name], vocabulary, found)
    return Annotations(**chosen)


def _term(place: str, name: str, said: str, vocabulary: Vocabulary, found: list[RowFinding]) -> str:
    if not said:
        return ""
    term = vocabulary[name].get(folded(said), "")
    if not term:
        what = name.replace("_", " ")
        found.append(
            left_open(f"{place}: “{_printable(said)[:100]}” is no known {what}: left open.")
        )
    return term


def _printable(text: str) -> str:
    return unicodedata.normalize("NFC", _NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", text))

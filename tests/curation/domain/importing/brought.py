"""Files as people and programs make them, and what is read from them."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet as pq

from curation.domain.importing import FoundProblem, Reading, folded, packed, read_problems
from tests.factories import png_bytes

WORDS = {
    "license": {"CC-BY-4.0": "CC-BY-4.0", "CC BY 4.0": "CC-BY-4.0"},
    "specialty": {"radiology": "radiology", "General medicine": "general-medicine"},
    "answer_format": {"free response": "free_response", "binary(yes/no)": "binary"},
    "image_type": {"X-Ray": "xray", "CT": "ct"},
    "cognitive_process": {"classification/diagnosis": "classification"},
    "rarity": {"common": "common"},
    "difficulty": {"easy": "easy"},
}
VOCABULARY = {
    name: {folded(word): slug for word, slug in words.items()} for name, words in WORDS.items()
}
HEADER = ("problem", "role", "question", "answer", "image")
ROWS = (
    ("a", "example", "What is it?", "Left", "1.png"),
    ("a", "example", "What is it?", "Right", "2.png"),
    ("a", "query", "What is it?", "Left", "3.png"),
)
PICTURES = {f"{number}.png": png_bytes(number) for number in (1, 2, 3)}


def table(*rows: Sequence[str], header: Sequence[str] = HEADER, separator: str = ",") -> bytes:
    """Rows under a header as CSV."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator).writerows([header, *rows])
    return file.getvalue().encode()


def archive(files: Mapping[str, bytes], **options: Any) -> bytes:
    """The files as a ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as packing:
        for name, data in files.items():
            packing.writestr(name, data)
    return buffer.getvalue()


def xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """A spreadsheet with these texts, as small as Excel would still open."""
    cells = "".join(
        f"<row>{''.join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row)}</row>"
        for row in rows
    )
    return xlsx_of(cells)


def xlsx_of(cells: str) -> bytes:
    """A spreadsheet with this XML as the rows of its one sheet."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    book = f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
    book += '<sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>'

    def related(kind: str, target: str) -> str:
        one = f'<Relationship Id="rId1" Type="{office}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{package}/relationships">{one}</Relationships>'

    sheet = f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "xl/workbook.xml": book,
        "_rels/.rels": related("officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": related("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet,
    }
    encoded = {name: text.encode() for name, text in files.items()}
    return archive(encoded, compression=zipfile.ZIP_DEFLATED)


def ods(rows: Sequence[Sequence[str]]) -> bytes:
    """The same as LibreOffice writes it."""
    name = "urn:oasis:names:tc:opendocument:xmlns"
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p>'
            "</table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    content = (
        f'<office:document-content xmlns:office="{name}:office:1.0" '
        f'xmlns:table="{name}:table:1.0" xmlns:text="{name}:text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="One">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    manifest = b'<manifest:manifest xmlns:manifest="%s:manifest:1.0"/>' % name.encode()
    files = {"mimetype": kind, "META-INF/manifest.xml": manifest}
    return archive({**files, "content.xml": content.encode()})


def parquet(columns: Mapping[str, Any] | pa.Table) -> bytes:
    """A Parquet file of these columns."""
    buffer = io.BytesIO()
    pq.write_table(pa.table(dict(columns)) if isinstance(columns, Mapping) else columns, buffer)
    return buffer.getvalue()


def smmile_columns() -> dict[str, Any]:
    """SMMILE's layout: an image as `datasets` keeps it, the query last by its order."""
    names = ("speciality", "flag_answer_format", "flag_image_type", "flag_cognitive_process")
    terms = ("radiology", "binary(yes/no)", "X-Ray", "classification/diagnosis")
    return {
        "question": ["Query?", "First?", "Second?"],
        "answer": ["No", "Yes", "No"],
        "image": [{"bytes": png_bytes(number), "path": None} for number in (3, 1, 2)],
        "image_url": [f"https://example.org/{number}.png" for number in (3, 1, 2)],
        "problem_id": ["p"] * 3,
        "order": [2, 0, 1],
        "parquet_path": ["x"] * 3,
        **{name: [term] * 3 for name, term in zip(names, terms, strict=True)},
        "flag_rarity": ["common"] * 3,
        "flag_difficulty_llms": [None] * 3,
    }


class Kept(dict[str, bytes]):
    """Pictures that were put aside, by key."""

    def keep(self, data: bytes) -> str:
        """As a storage would."""
        key = hashlib.sha256(data).hexdigest()
        self[key] = data
        return key


def reading(folder: Path, files: Mapping[str, bytes], kept: Kept | None = None) -> Reading:
    """What is found in files of these names."""
    paths = []
    for number, (name, data) in enumerate(files.items()):
        path = folder / str(number)
        path.write_bytes(data)
        paths.append((name, path))
    with packed(paths) as bag:
        return read_problems(bag, (Kept() if kept is None else kept).keep, VOCABULARY)


def only(found: Reading) -> FoundProblem:
    """The one problem that was found."""
    (problem,) = found.problems
    return problem


def said(problem: FoundProblem) -> list[str]:
    """What its findings say."""
    return [finding.message for finding in problem.findings]

"""``croissant.json``: the release described for programs, in Croissant 1.0 with its RAI fields.

The format: https://docs.mlcommons.org/croissant/docs/croissant-spec.html, with the vocabulary of
responsible AI, https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from curation.domain.bundle.canary import canary
from curation.domain.bundle.citation import bibtex
from curation.domain.bundle.croissant_rai import rai_fields
from curation.domain.bundle.items import BundleDescription, BundleFile
from curation.domain.bundle.rows import IMAGE
from curation.domain.bundle.sets import FOLDERS, SET_COLUMNS, WrittenSet
from curation.domain.bundle.spdx import license_address
from curation.domain.bundle.tally import Tally

CROISSANT_PATH = "croissant.json"

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "equivalentProperty": "cr:equivalentProperty",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification recommends, word for word."""

_FORMATS = {
    "bib": "text/x-bibtex",
    "cff": "application/yaml",
    "csv": "text/csv",
    "json": "application/json",
    "jsonl": "application/jsonlines",
    "md": "text/markdown",
    "parquet": "application/x-parquet",
    "py": "text/x-python",
    "yaml": "application/yaml",
}

_MEANINGS = {
    "question": "What is asked about the image.",
    "answer": "What the expert says is right; null where the answer is held out.",
    "image": "The picture itself.",
    "image_url": "The path of the picture in this folder.",
    "problem_id": "The problem; in the permuted sets with the number of the order.",
    "order": "The place of the panel in its problem, from 0; the query comes last.",
    "parquet_path": "The path of the picture in this folder.",
    "speciality": "The medical specialty.",
    "flag_answer_format": "The form of the answer.",
    "flag_image_type": "The kind of the image.",
    "flag_cognitive_process": "What the problem asks of the mind.",
    "flag_rarity": "How common the finding is.",
    "flag_difficulty_llms": "How difficult its author holds it to be.",
    "original_problem_id": "The problem in the plain set.",
    "original_order": "The place of the panel in the plain set.",
    "permutation_number": "Which of the problem's orders it is, from 1.",
    "row": "The number, from 0, of the row of the plain set that has the picture.",
}


def croissant_text(
    description: BundleDescription,
    tally: Tally,
    written: Sequence[WrittenSet],
    files: Iterable[BundleFile],
) -> str:
    """The whole file. ``files`` are those written before it."""
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [
            "http://mlcommons.org/croissant/1.0",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        **_about(description),
        **rai_fields(description, tally),
        "distribution": [
            *(_file_object(file) for file in files if not file.path.startswith("images/")),
            _file_set("images", "images/*", ["image/png", "image/jpeg"], "Every picture once."),
            *(_shards(each) for each in written),
        ],
        "recordSet": [_record_set(each) for each in written],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _about(description: BundleDescription) -> dict[str, Any]:
    address = license_address(description.license)
    about = {
        "name": description.name,
        "description": f"{description.notes.strip()}\n\n{canary(description)}".strip(),
        "version": description.version,
        "license": address or description.license,
        "url": description.page,
        "datePublished": description.released_on.isoformat(),
        "inLanguage": list(description.languages),
        "keywords": ["medicine", "multimodal", "in-context learning", "visual question answering"],
        "creator": [{"@type": "sc:Person", "name": name} for name in description.authors],
        "citeAs": bibtex(description),
        "isLiveDataset": False,
    }
    return {name: value for name, value in about.items() if value not in ("", [])}


def _file_object(file: BundleFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.size} B",
        "encodingFormat": _FORMATS[file.path.rpartition(".")[2]],
        "sha256": file.sha256,
    }


def _shards(written: WrittenSet) -> dict[str, Any]:
    includes = f"{FOLDERS[written.name]}/test-*.parquet"
    about = f"The shards of the set “{written.name}”."
    return _file_set(f"{written.name}-shards", includes, "application/x-parquet", about)


def _file_set(
    name: str, includes: str, encoding_format: str | list[str], about: str
) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": name,
        "name": name,
        "description": about,
        "encodingFormat": encoding_format,
        "includes": includes,
    }


def _record_set(written: WrittenSet) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": written.name,
        "name": written.name,
        "description": f"One record per panel; {written.rows:,} of {written.problems:,} problems.",
        "field": [
            _field(written.name, name, kind) for name, kind in SET_COLUMNS[written.name].items()
        ],
    }


def _field(set_name: str, name: str, kind: pa.DataType) -> dict[str, Any]:
    source: dict[str, Any] = {
        "fileSet": {"@id": f"{set_name}-shards"},
        "extract": {"column": name},
    }
    if kind == IMAGE:
        source["transform"] = {"jsonPath": "bytes"}
    return {
        "@type": "cr:Field",
        "@id": f"{set_name}/{name}",
        "name": name,
        "description": _MEANINGS[name],
        "dataType": _data_type(kind),
        "source": source,
    }


def _data_type(kind: pa.DataType) -> str:
    if kind == IMAGE:
        return "sc:ImageObject"
    return "sc:Integer" if kind == pa.int64() else "sc:Text"

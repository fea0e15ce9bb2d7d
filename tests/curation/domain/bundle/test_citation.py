import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from curation.domain.bundle import BundleDescription
from curation.domain.bundle.citation import bibtex, citation_file

from .conftest import Studio, WriteBundle


def read(description: BundleDescription) -> dict[str, Any]:
    document = yaml.safe_load(citation_file(description))
    assert isinstance(document, dict)
    return document


def test_dates_and_versions_stay_texts_as_the_format_wants_them(
    description: BundleDescription,
) -> None:
    citation = read(dataclasses.replace(description, version="1.0"))

    assert (citation["version"], citation["date-released"]) == ("1.0", "2026-03-14")


@pytest.mark.parametrize(
    ("given", "stated"),
    [("cc-by-4.0", "CC-BY-4.0"), ("ODbL-1.0", "ODbL-1.0"), ("Own terms", None)],
)
def test_only_a_license_of_spdx_is_stated_since_no_other_is_valid(
    given: str, stated: str | None, description: BundleDescription
) -> None:
    assert read(dataclasses.replace(description, license=given)).get("license") == stated


def test_somebody_is_always_cited_since_the_format_wants_an_author(
    description: BundleDescription,
) -> None:
    anonymous = dataclasses.replace(description, authors=(), homepage="")

    citation = read(anonymous)
    assert citation["authors"] == [{"name": "The authors of Bench of colors"}]
    assert "url" not in citation
    assert "author" not in bibtex(anonymous)


@pytest.mark.parametrize("name", ["yes", "a: b # c", '"x"\n- y', "\x85\u2028", "診断"])
def test_any_name_is_read_back(name: str, description: BundleDescription) -> None:
    citation = read(dataclasses.replace(description, name=name, authors=(name,)))

    assert citation["title"] == name
    (author,) = citation["authors"]
    assert " ".join(author.values()) == (" ".join(name.split()) or name)


@pytest.mark.parametrize(
    ("author", "cited"),
    [
        ("Dr. Amara Lindqvist", {"given-names": "Amara", "family-names": "Lindqvist"}),
        ("Prof. Dr. med. Ana N. Müller", {"given-names": "Ana N.", "family-names": "Müller"}),
        ("Univ.-Prof. Dr.med.dent. Bo Li, MD, PhD", {"given-names": "Bo", "family-names": "Li"}),
        ("PD Dr. rer. nat. habil. C. Li", {"given-names": "C.", "family-names": "Li"}),
        ("Assoc. Prof. Drew Profitt", {"given-names": "Drew", "family-names": "Profitt"}),
        ("Dr. Lindqvist", {"name": "Lindqvist"}),
        ("Plato", {"name": "Plato"}),
        ("Dr.", {"name": "Dr."}),
    ],
)
def test_people_are_cited_in_parts_without_titles(
    author: str, cited: dict[str, str], description: BundleDescription
) -> None:
    told = dataclasses.replace(description, authors=(author,))

    assert read(told)["authors"] == [cited]
    assert f"  author = {{{' '.join(cited.values())}}}," in bibtex(told)


def test_the_page_of_the_very_release_is_cited(
    description: BundleDescription, studio: Studio, write: WriteBundle, folder: Path
) -> None:
    page = "https://bench.example/releases/1.2.0/"
    write([studio.problem(1)])
    croissant = json.loads((folder / "croissant.json").read_text())

    assert f"  url = {{{page}}}," in bibtex(description)
    assert read(description)["url"] == croissant["url"] == page
    assert page in croissant["citeAs"]

import dataclasses

import pytest
import yaml

from curation.domain.bundle import BundleDescription
from curation.domain.bundle.citation import bibtex, citation_file


def read(description: BundleDescription) -> dict[str, object]:
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

    assert (citation["title"], citation["authors"]) == (name, [{"name": name}])

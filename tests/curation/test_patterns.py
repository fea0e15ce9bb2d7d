"""What people type in a fixed form is read as it will be written: digits are 0 to 9."""

import re

import pytest

from curation.models.release import VERSION_PATTERN
from curation.models.user import ORCID_PATTERN

_ARABIC_ONE = "\N{ARABIC-INDIC DIGIT ONE}"


@pytest.mark.parametrize("version", ["1.0.0", "0.10.999999"])
def test_a_version_has_three_numbers(version: str) -> None:
    assert re.search(VERSION_PATTERN, version)


@pytest.mark.parametrize("version", ["1.0", "01.0.0", f"1{_ARABIC_ONE}.0.0", f"1.0.1{_ARABIC_ONE}"])
def test_what_is_no_version_is_refused(version: str) -> None:
    assert not re.search(VERSION_PATTERN, version)


@pytest.mark.parametrize("orcid", ["0000-0002-1825-0097", "0000-0002-1694-233X"])
def test_an_orcid_may_end_in_an_x(orcid: str) -> None:
    assert re.search(ORCID_PATTERN, orcid)


@pytest.mark.parametrize("orcid", ["0000-0002-1825-009", f"0000-0002-1825-009{_ARABIC_ONE}"])
def test_what_is_no_orcid_is_refused(orcid: str) -> None:
    assert not re.search(ORCID_PATTERN, orcid)

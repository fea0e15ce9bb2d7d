"""Which bytes a header asks for."""

import pytest

from curation.domain.ranges import Span, UnsatisfiableRangeError, asked_span


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-", Span(0, 10)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=3-5", Span(3, 6)),
        ("bytes=9-9", Span(9, 10)),
        ("bytes=4-400", Span(4, 10)),
        ("bytes=-3", Span(7, 10)),
        ("bytes=-300", Span(0, 10)),
        ("BYTES= 3-5 ", Span(3, 6)),
    ],
)
def test_one_range_is_cut_to_what_there_is(header: str, span: Span) -> None:
    assert asked_span(header, 10) == span


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-3",
        "bytes=0-1,4-5",
        "items=0-1",
        "bytes=a-b",
        "bytes=1-2-3",
        "bytes=--3",
        "bytes=+1-2",
        "bytes=\N{ARABIC-INDIC DIGIT THREE}-",
        f"bytes={'9' * 5000}-",
    ],
)
def test_what_is_no_single_range_means_the_whole(header: str) -> None:
    assert asked_span(header, 10) is None


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0", f"bytes={'9' * 90}-"])
def test_a_range_behind_the_end_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        asked_span(header, 10)


def test_an_empty_file_has_no_first_byte_and_its_last_bytes_are_all_of_it() -> None:
    with pytest.raises(UnsatisfiableRangeError):
        asked_span("bytes=0-", 0)
    assert asked_span("bytes=-5", 0) is None

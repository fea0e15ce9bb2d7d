import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.browsing import NOTHING, Choice, Columns, Facet, coded, differing


def _facet(name: str, *said: str | None, is_telling: bool = False) -> Facet:
    values, codes = coded(said)
    return Facet(
        name=name,
        group="A group",
        label=name,
        values=values,
        labels=values,
        codes=codes,
        is_telling=is_telling,
    )


def _columns(*facets: Facet) -> Columns:
    n = len(facets[0].codes)
    return Columns(
        predictions=np.arange(10, 10 + n), revisions=np.arange(n) // 2, facets=tuple(facets)
    )


SPECIALTY = _facet("specialty", "eye", "skin", "eye", "skin", None, "eye")
SCORE = _facet("score.a", "right", "wrong", "wrong", "right", "right", None, is_telling=True)
COLUMNS = _columns(SPECIALTY, SCORE)


def test_columns_are_read_back_as_they_were_written() -> None:
    read = Columns.from_bytes(COLUMNS.to_bytes())
    assert read.predictions.tolist() == COLUMNS.predictions.tolist()
    assert read.revisions.tolist() == COLUMNS.revisions.tolist()
    for one, other in zip(read.facets, COLUMNS.facets, strict=True):
        assert one.codes.tolist() == other.codes.tolist()
        assert (one.values, one.labels, one.is_telling) == (
            other.values,
            other.labels,
            other.is_telling,
        )


def test_a_run_without_predictions_has_columns_too() -> None:
    empty = Columns(predictions=np.zeros(0, np.int64), revisions=np.zeros(0, np.int64))
    read = Columns.from_bytes(empty.to_bytes())
    assert Choice(read).keys.tolist() == []
    assert Choice(read).neighbors(3) == (None, None)


def test_what_is_chosen_of_several_facets_holds_together() -> None:
    choice = Choice(COLUMNS, {"specialty": "eye", "score.a": "right"})
    assert choice.keys.tolist() == [10]


def test_a_facet_counts_what_each_of_its_values_would_leave() -> None:
    choice = Choice(COLUMNS, {"specialty": "eye", "score.a": "right"})
    assert choice.counts(SPECIALTY) == [1, 1]
    assert choice.counts(SCORE) == [1, 1]


def test_an_unknown_value_is_had_by_none() -> None:
    assert Choice(COLUMNS, {"specialty": "heart"}).keys.tolist() == []


def test_a_prediction_has_its_place_and_neighbors_among_those_chosen() -> None:
    choice = Choice(COLUMNS, {"specialty": "eye"})
    assert choice.keys.tolist() == [10, 12, 15]
    assert [choice.place(key) for key in range(10, 16)] == [1, None, 2, None, None, 3]
    assert choice.neighbors(10) == (None, 12)
    assert choice.neighbors(13) == (12, 15)


def test_what_a_search_found_is_one_more_thing_chosen() -> None:
    choice = Choice(COLUMNS, {"specialty": "eye"}, found=np.array([12, 13]))
    assert choice.keys.tolist() == [12]
    assert COLUMNS.asking([1, 2]).tolist() == [12, 13, 14, 15]


def test_hidden_revisions_are_left_out_where_a_choice_tells_of_an_answer() -> None:
    hidden = {0}
    plain = Choice(COLUMNS, {"specialty": "eye"}, hidden=hidden)
    assert (plain.keys.tolist(), plain.leaves_out) == ([10, 12, 15], False)
    assert plain.counts(SCORE) == [0, 1]
    telling = Choice(COLUMNS, {"score.a": "right"}, hidden=hidden)
    assert (telling.keys.tolist(), telling.leaves_out) == ([13, 14], True)
    assert telling.counts(SPECIALTY) == [0, 1]
    searched = Choice(COLUMNS, found=np.array([10, 12]), hidden=hidden)
    assert (searched.keys.tolist(), searched.leaves_out) == ([12], True)


def test_two_scorers_differ_where_one_says_right_and_the_other_wrong() -> None:
    other = _facet("score.b", "wrong", "right", "wrong", "right", "partly", "wrong")
    differ = differing(SCORE, other)
    assert differ.name == "differ.a~b"
    assert differ.is_telling
    assert differ.codes.tolist() == [0, 1, NOTHING, NOTHING, NOTHING, NOTHING]
    assert differ.labels[0] == "score.a right, score.b wrong"


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["x", "y", None]))),
    st.sets(st.integers(0, 10)),
    st.sampled_from(["a", "b"]),
)
def test_the_counts_are_the_sizes_of_the_lists_that_the_links_lead_to(
    said: list[tuple[str | None, str | None]], hidden: set[int], chosen: str
) -> None:
    one = _facet("one", *(each for each, _ in said))
    other = _facet("other", *(each for _, each in said), is_telling=True)
    columns = _columns(one, other)
    choice = Choice(columns, {"one": chosen}, hidden=hidden)
    led_to = [
        len(Choice(columns, {"one": chosen, "other": value}, hidden=hidden).keys)
        for value in other.values
    ]
    assert choice.counts(other) == led_to

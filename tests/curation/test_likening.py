"""What looks alike is found when an image is brought, and looked up by the rules."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from PIL import Image as Pillow

from curation import arranging, workflow
from curation.domain.likeness import distance, is_alike
from curation.images import bring_image
from curation.likening import MOST_ALIKE, liken
from curation.models import Image, ImageLikeness, Panel, Problem, User
from tests.factories import Shown, make_image, make_person, make_problem, png_bytes

pytestmark = pytest.mark.django_db
LOOK = "00ff00ff00ff00ff"
OTHER_LOOK = "ffff0000ffff0000"


def _looking(look: str, person: User | None = None, **fields: object) -> Image:
    """An image of its own, with this look."""
    image = make_image(person or make_person(is_author=True))
    Image.objects.filter(pk=image.pk).update(fingerprint=look, **fields)
    image.refresh_from_db()
    return image


def _flipped(look: str, bits: int) -> str:
    return f"{int(look, 16) ^ (2**bits - 1):016x}"


def _pairs(image: Image) -> dict[str, int]:
    return {pair.other.fingerprint: pair.distance for pair in image.likenesses.all()}


def _show(problem: Problem, image: Image, index: int = 0) -> Problem:
    """The draft, showing this image, as pages load it."""
    panel: Panel = problem.panels.in_order()[index]
    arranging.place_image(panel, image=image)
    return Problem.objects.with_panels().get(pk=problem.pk)


class TestPairs:
    """Who is found."""

    def test_what_looks_alike_is_paired_both_ways_with_its_distance(self) -> None:
        near, far = _looking(_flipped(LOOK, 10)), _looking(_flipped(LOOK, 11))
        image = _looking(LOOK)
        liken(image)
        assert _pairs(image) == {near.fingerprint: 10}
        assert _pairs(near) == {LOOK: 10}
        assert _pairs(far) == {}

    def test_finding_again_changes_nothing(self) -> None:
        _looking(_flipped(LOOK, 3))
        image = _looking(LOOK)
        for _ in range(2):
            liken(image)
        assert ImageLikeness.objects.count() == 2

    def test_equal_bytes_are_no_pair(self) -> None:
        one = make_image(make_person(), 1)
        liken(make_image(make_person(), 1))
        assert _pairs(one) == {}

    def test_of_very_many_the_nearest_are_kept(self) -> None:
        person = make_person()
        for bits in [1] * MOST_ALIKE + [4] * 3:
            _looking(_flipped(LOOK, bits), person)
        image = _looking(LOOK)
        liken(image)
        kept = image.likenesses.values_list("distance", flat=True)
        assert list(kept) == [1] * MOST_ALIKE

    def test_of_many_equal_pictures_none_gathers_pairs_with_all(self) -> None:
        person = make_person()
        for _ in range(MOST_ALIKE + 10):
            liken(_looking(LOOK, person))
        first = Image.objects.earliest("uploaded_at")
        assert first.likenesses.count() == MOST_ALIKE

    def test_what_its_author_made_from_the_same_picture_is_paired_however_it_looks(self) -> None:
        author = make_person()
        whole = _looking(LOOK, author)
        cut = _looking(OTHER_LOOK, author, origin_sha256=whole.sha256)
        twin = _looking("0" * 16, author, origin_sha256=whole.sha256)
        stranger = _looking("f" * 16, origin_sha256=whole.sha256)
        liken(cut)
        apart = distance(LOOK, OTHER_LOOK)
        assert _pairs(cut) == {LOOK: apart, "0" * 16: distance(OTHER_LOOK, "0" * 16)}
        assert _pairs(whole) == {OTHER_LOOK: apart}
        assert _pairs(stranger) == {}
        liken(whole)
        assert set(_pairs(whole)) == {OTHER_LOOK, twin.fingerprint}

    def test_bringing_an_image_finds_a_smaller_copy_of_it(self) -> None:
        first = bring_image(png_bytes(3, side=300), by=make_person())
        buffer = BytesIO()
        Pillow.open(BytesIO(png_bytes(3, side=300))).resize((240, 240)).save(buffer, "JPEG")
        second = bring_image(buffer.getvalue(), by=make_person())
        bring_image(png_bytes(4, side=300), by=make_person())
        assert set(_pairs(second)) == {first.fingerprint}


class TestAgainstAScan(TestCase):
    """The index of the bands misses nothing."""

    @settings(max_examples=25, deadline=None)
    @given(
        st.integers(0, 2**64 - 1),
        st.lists(st.sets(st.integers(0, 63), max_size=14), min_size=1, max_size=12),
    )
    def test_what_a_scan_finds_the_bands_find(self, bits: int, flips: list[set[int]]) -> None:
        author = make_person()
        for flipped in flips:
            _looking(f"{bits ^ sum(1 << bit for bit in flipped):016x}", author)
        look = f"{bits:016x}"
        scanned = {one.pk for one in Image.objects.all() if is_alike(look, one.fingerprint)}
        found = Image.objects.like_fingerprint(look)
        assert scanned == {one.pk for one in found if is_alike(look, one.fingerprint)}


class TestWarning:
    """What the author of another problem is told."""

    def _codes(self, problem: Problem) -> tuple[set[str], set[str]]:
        draft = problem.draft()
        return set(draft.seen_elsewhere), set(draft.alike_elsewhere)

    def test_the_same_picture_of_another_author_is_seen_elsewhere(self) -> None:
        make_problem(examples=(Shown(answer="A", picture=7), Shown(answer="B")))
        mine = make_problem(examples=(Shown(answer="A", picture=7), Shown(answer="B")))
        assert self._codes(mine) == ({mine.content().images[0].sha256}, set())

    def test_what_looks_like_a_shown_picture_is_alike(self) -> None:
        theirs = _looking(_flipped(LOOK, 4))
        _show(make_problem(theirs.uploaded_by), theirs)
        image = _looking(LOOK)
        liken(image)
        assert self._codes(_show(make_problem(image.uploaded_by), image)) == (
            set(),
            {image.sha256},
        )

    def test_what_looks_like_a_picture_that_nobody_shows_is_fine(self) -> None:
        _looking(_flipped(LOOK, 4))
        image = _looking(LOOK)
        liken(image)
        mine = _show(make_problem(image.uploaded_by), image)
        assert self._codes(mine) == (set(), set())

    def test_what_looks_alike_within_one_problem_is_not_elsewhere(self) -> None:
        author = make_person(is_author=True)
        one, other = _looking(LOOK, author), _looking(_flipped(LOOK, 4), author)
        liken(other)
        problem = make_problem(author)
        _show(problem, one, 0)
        assert self._codes(_show(problem, other, 1)) == (set(), set())

    def test_what_was_cut_from_a_shown_picture_is_the_same(self) -> None:
        whole = _looking(LOOK)
        _show(make_problem(whole.uploaded_by), whole)
        cut = _looking(OTHER_LOOK, whole.uploaded_by, origin_sha256=whole.sha256)
        problem = _show(make_problem(whole.uploaded_by), cut)
        assert problem.draft().seen_elsewhere == {cut.sha256}

    def test_a_frozen_revision_is_looked_up_in_the_same_way(self) -> None:
        make_problem(examples=(Shown(answer="A", picture=7), Shown(answer="B")))
        mine = make_problem(
            examples=(Shown(answer="A", picture=7), Shown(answer="B")), query=Shown(answer="A")
        )
        revision = workflow.submit(mine, by=mine.author, version=mine.version)
        assert revision.draft().seen_elsewhere == mine.draft().seen_elsewhere != frozenset()

    @pytest.mark.parametrize(
        ("areas", "is_attested", "is_told"),
        [
            (None, False, False),
            ([], False, False),
            ([[0, 0, 9, 9]], False, True),
            ([[0, 0, 9, 9]], True, False),
        ],
    )
    def test_text_that_was_found_waits_for_a_word_of_the_author(
        self, areas: list[list[int]] | None, *, is_attested: bool, is_told: bool
    ) -> None:
        problem = make_problem()
        image = problem.panels.in_order()[0].image
        assert image is not None
        image.text_areas = areas
        image.text_attested_at = image.uploaded_at if is_attested else None
        image.save()
        problem = Problem.objects.with_panels().get(pk=problem.pk)
        assert problem.draft().unattested_text == ({image.sha256} if is_told else frozenset())


@pytest.fixture(params=[2, 10])
def draft_of(request: pytest.FixtureRequest) -> Iterator[Problem]:
    """Drafts of few and of many panels, each of whose images other problems show."""
    pictures = range(100, 100 + request.param)
    examples = tuple(Shown(answer=f"Answer {n}", picture=n) for n in pictures)
    for _ in range(3):
        make_problem(examples=examples)
    yield make_problem(examples=examples)


def test_what_the_collection_knows_takes_as_many_queries_for_any_number_of_images(
    draft_of: Problem,
) -> None:
    problem = Problem.objects.with_panels().get(pk=draft_of.pk)
    with CaptureQueriesContext(connection) as queries:
        seen = problem.draft().seen_elsewhere
    assert len(seen) == problem.panels.count() - 1
    assert len(queries) == 2

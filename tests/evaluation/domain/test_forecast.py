import pytest

from evaluation.domain.forecast import MOST_TOKENS_PER_IMAGE, ImageSize, Load, load_of
from evaluation.domain.prompting import build_prompt
from evaluation.domain.protocol import PRESETS
from tests.evaluation.domain.builders import problem

CONTENT = problem("Left", "Right", query="Left")
SIZES = {image.sha256: ImageSize(byte_size=1000, width=300, height=250) for image in CONTENT.images}
LOAD = Load(
    requests=600, images=1200, image_bytes=9, input_tokens=2_000_000, most_output_tokens=500_000
)


def test_a_request_counts_its_images_and_estimates_its_tokens() -> None:
    prompt = build_prompt(CONTENT, PRESETS["in_context_open"])
    load = load_of(prompt, SIZES, 512)
    assert (load.requests, load.images, load.image_bytes) == (1, 3, 3000)
    assert load.most_output_tokens == 512
    assert 300 + 40 < load.input_tokens < 300 + 100


def test_a_large_image_costs_what_a_model_makes_of_it_at_most() -> None:
    large = ImageSize(byte_size=1, width=10_000, height=10_000)
    assert large.tokens == MOST_TOKENS_PER_IMAGE


def test_loads_add_up_and_multiply() -> None:
    assert LOAD + LOAD == LOAD * 2
    assert Load() + LOAD == LOAD


@pytest.mark.parametrize(
    ("prices", "cost"), [((1.0, 4.0), 4.0), ((None, 4.0), None), ((1.0, None), None)]
)
def test_the_cost_is_that_of_all_tokens_and_unknown_without_both_prices(
    prices: tuple[float | None, float | None], cost: float | None
) -> None:
    assert LOAD.most_cost(*prices) == cost


def test_the_slowest_of_what_an_endpoint_allows_decides_how_long_it_takes() -> None:
    assert LOAD.minutes(at_once=10, seconds_per_answer=2.0) == 2
    slow = LOAD.minutes(at_once=10, seconds_per_answer=2.0, requests_per_minute=60)
    assert slow == 10
    slower = LOAD.minutes(at_once=10, seconds_per_answer=None, tokens_per_minute=100_000)
    assert slower == 20
    assert LOAD.minutes(at_once=10, seconds_per_answer=None) is None


@pytest.mark.parametrize(("tokens", "about"), [(0, 0), (7, 7), (289_546, 290_000), (995, 1000)])
def test_an_estimate_of_tokens_is_told_to_two_digits(tokens: int, about: int) -> None:
    assert Load(input_tokens=tokens).about_input_tokens == about

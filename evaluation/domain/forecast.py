"""What a run will take, said before it starts: counted where it can be, estimated where not."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from evaluation.domain.prompting import Prompt, TextPart

CHARACTERS_PER_TOKEN = 4
"""Of English; what tokenizers of today make of it, roughly."""

PIXELS_PER_TOKEN = 750
MOST_TOKENS_PER_IMAGE = 1600
"""Models that cut images into patches take about one token for 28 x 28 pixels, and shrink what is
larger than some 1.2 megapixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSize:
    """Of one stored image."""

    byte_size: int
    width: int
    height: int

    @property
    def tokens(self) -> int:
        """About how many a model makes of it."""
        tokens = math.ceil(self.width * self.height / PIXELS_PER_TOKEN)
        return min(tokens, MOST_TOKENS_PER_IMAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What requests take: how many, the bytes of their images, tokens in and at most out."""

    requests: int = 0
    images: int = 0
    image_bytes: int = 0
    input_tokens: int = 0
    most_output_tokens: int = 0

    @property
    def about_input_tokens(self) -> int:
        """To two digits: an estimate says no more."""
        return round(self.input_tokens, min(0, 2 - len(str(self.input_tokens))))

    def __add__(self, other: "Load") -> "Load":
        return Load(
            requests=self.requests + other.requests,
            images=self.images + other.images,
            image_bytes=self.image_bytes + other.image_bytes,
            input_tokens=self.input_tokens + other.input_tokens,
            most_output_tokens=self.most_output_tokens + other.most_output_tokens,
        )

    def __mul__(self, times: int) -> "Load":
        return Load(
            requests=self.requests * times,
            images=self.images * times,
            image_bytes=self.image_bytes * times,
            input_tokens=self.input_tokens * times,
            most_output_tokens=self.most_output_tokens * times,
        )

    def most_cost(self, input_price: float | None, output_price: float | None) -> float | None:
        """At most about so much, for prices of a million tokens; None where one is not known."""
        if input_price is None or output_price is None:
            return None
        tokens = self.input_tokens * input_price + self.most_output_tokens * output_price
        return tokens / 1_000_000

    def minutes(
        self,
        *,
        at_once: int,
        seconds_per_answer: float | None,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
    ) -> float | None:
        """How long at least by what the endpoint allows; None where nothing is known of its pace.

        ``seconds_per_answer`` is the mean of earlier ones.
        """
        paces = [
            self.requests * seconds_per_answer / at_once / 60 if seconds_per_answer else 0.0,
            self.requests / requests_per_minute if requests_per_minute else 0.0,
            self.input_tokens / tokens_per_minute if tokens_per_minute else 0.0,
        ]
        return max(paces) or None


def load_of(prompt: Prompt, sizes: Mapping[str, ImageSize], most_output_tokens: int) -> Load:
    """What one request takes. ``sizes`` are those of its images by their SHA-256; KeyError."""
    texts = [
        part.text for turn in prompt.turns for part in turn.parts if isinstance(part, TextPart)
    ]
    images = [sizes[sha256] for sha256 in prompt.images]
    words = math.ceil(sum(map(len, texts)) / CHARACTERS_PER_TOKEN)
    return Load(
        requests=1,
        images=len(images),
        image_bytes=sum(image.byte_size for image in images),
        input_tokens=words + sum(image.tokens for image in images),
        most_output_tokens=most_output_tokens,
    )

"""How long it takes to find what looks like an image among 100,000, and what a scan would take.

The looks are random ("even"), or those of crops of the demo's pictures with up to 16 bits changed
("crowded": as a collection of few kinds of pictures is).
"""

import itertools
import random
import sys
from collections.abc import Callable
from pathlib import Path

from django.utils import timezone
from PIL import Image as Pillow

from curation.domain.imaging_child import gray_pixels
from curation.domain.likeness import SIDE, fingerprint, is_alike
from curation.likening import liken
from curation.models import Image, ImageLikeness, User
from tests.benchmarks.databases import analyze, empty_database, fill, measured, say, tell

COUNT = 100_000
AUTHORS = 100
SEARCHES = 200
SCANS = 10
CROPS = 2000
PICTURES = Path(__file__).parents[2] / "config/demo/images"


def _even(dice: random.Random) -> Callable[[], str]:
    return lambda: f"{dice.getrandbits(64):016x}"


def _crowded(dice: random.Random) -> Callable[[], str]:
    files = sorted(path for path in PICTURES.iterdir() if path.suffix in {".jpg", ".png"})
    pictures = [Pillow.open(path).convert("L").resize((256, 256)) for path in files]
    crops = [_crop(dice.choice(pictures), dice) for _ in range(CROPS)]
    return lambda: _changed(dice.choice(crops), dice.randint(0, 16), dice)


def _crop(picture: Pillow.Image, dice: random.Random) -> str:
    side = dice.randint(96, 256)
    left, top = dice.randint(0, 256 - side), dice.randint(0, 256 - side)
    return fingerprint(gray_pixels(picture.crop((left, top, left + side, top + side)), SIDE))


def _changed(look: str, bits: int, dice: random.Random) -> str:
    flips = sum(1 << bit for bit in dice.sample(range(64), bits))
    return f"{int(look, 16) ^ flips:016x}"


def _image(person: User, number: int, look: str) -> Image:
    return Image(
        sha256=f"{number:064x}",
        media_type="image/png",
        width=640,
        height=480,
        byte_size=1,
        fingerprint=look,
        uploaded_by=person,
        uploaded_at=timezone.now(),
    )


def _scan(image: Image) -> int:
    """How many a look at every fingerprint finds."""
    looks = Image.objects.exclude(pk=image.pk).values_list("pk", "fingerprint")
    return sum(is_alike(image.fingerprint, look) for _, look in looks)


def _misses(image: Image) -> int:
    """How many of those that a scan finds the bands do not."""
    found = set(Image.objects.like_fingerprint(image.fingerprint).values_list("pk", flat=True))
    everything = Image.objects.values_list("pk", "fingerprint")
    return sum(is_alike(image.fingerprint, look) and pk not in found for pk, look in everything)


def _measure(kind: str, looks: Callable[[], str]) -> None:
    with empty_database() as vendor:
        people = [
            User.objects.create_user(f"{n}@example.org", name="Author") for n in range(AUTHORS)
        ]
        images = (_image(people[n % AUTHORS], n, looks()) for n in range(COUNT + SEARCHES))
        fill(Image, itertools.islice(images, COUNT))
        new = list(images)
        fill(Image, new)
        analyze()
        say(f"{vendor}, {COUNT:,} images, {kind}:")
        candidates = [Image.objects.like_fingerprint(one.fingerprint).count() for one in new[:50]]
        say(
            f"  candidates of a search: {sorted(candidates)[25]} (middle), {max(candidates)} (most)"
        )
        slow = tell("  search and keep the pairs", measured(liken, new))
        scan = tell("  scan of all fingerprints", measured(_scan, new[:SCANS]))
        say(
            f"  a scan takes {scan / slow:.0f} times as long; {ImageLikeness.objects.count()} pairs"
        )
        say(f"  missed in {SCANS} searches: {sum(map(_misses, new[:SCANS]))}")


if __name__ == "__main__":
    kinds = {"even": _even, "crowded": _crowded}
    chosen = sys.argv[1] if len(sys.argv) > 1 else "crowded"
    _measure(chosen, kinds[chosen](random.Random(7)))  # noqa: S311 - a seed, not a secret

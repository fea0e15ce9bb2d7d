"""Whether two pictures look the same: a 64-bit perceptual fingerprint.

Source: the DCT hash, "pHash" (Zauner 2010, Implementation and Benchmarking of Perceptual Image Hash
Functions), with two changes measured on 36 real medical images and 17 variants of each. The 64
coefficients are the lowest diagonals of the transform instead of an 8 x 8 square, so that no
direction counts for more than another, and each gives the sign it has instead of being compared
with their median, which lies near zero in mostly black pictures. The mean is left out: brightness
is not likeness.

Distances measured: re-encoded, resized, brightened, darkened, gamma 0.8, contrast 1.2 and gray
variants 0 to 5; cropped by 1 % of each side 0 to 5, by 2 % 0 to 9, also when resized, brightened
and re-encoded besides. Different pictures 18 to 45, middle 32. Two pairs of near-duplicates lie at
3 and 5: two views of one bone scan, two frames of one ultrasound sequence. A black frame of 1 %
around it moves a picture by up to 16. With dHash crops (up to 18) and strangers (from 15) overlap.
"""

import math
from collections.abc import Sequence
from itertools import combinations

SIDE = 32  # pixels; what is finer than a thirtieth of the picture does not count
ALIKE_AT_MOST = 10  # bits of 64; a 2 % crop moves 9 at most, strangers are 18 apart

_BITS = 64
_DIGITS = 4  # hexadecimal, a band: 16 bits
# Bits by which each band may differ. Two fingerprints that differ by more in every band differ by
# at least 3 + 3 + 3 + 2 = 11 bits, which is not alike: so what is alike is always met in a band.
_BAND_RADII = (2, 2, 2, 1)
_FREQUENCIES = 11  # the first 64 coefficients need no higher one
_COSINES = [
    [math.cos(math.pi * (2 * place + 1) * frequency / (2 * SIDE)) for place in range(SIDE)]
    for frequency in range(_FREQUENCIES)
]
_LOWEST = sorted(
    (
        (down, across)
        for down in range(_FREQUENCIES)
        for across in range(_FREQUENCIES)
        if down + across > 0
    ),
    key=lambda pair: (sum(pair), pair),
)[:_BITS]
_FLAT = 64.0  # less than a sixteenth of a gray level over the picture is noise, and counts as zero


def fingerprint(gray: Sequence[int]) -> str:
    """The fingerprint, 16 hexadecimal digits, of a picture shrunk to SIDE x SIDE gray pixels.

    `gray` holds SIDE * SIDE values 0..255 row by row (bytes will do), of the upright picture.
    Raises ValueError when there are more or fewer.
    """
    if len(gray) != SIDE * SIDE:
        raise ValueError(f"A fingerprint needs {SIDE * SIDE} gray pixels, not {len(gray)}.")
    rows = [gray[start : start + SIDE] for start in range(0, SIDE * SIDE, SIDE)]
    columns = [[math.sumprod(row, wave) for row in rows] for wave in _COSINES]
    bits = 0
    for down, across in _LOWEST:
        coefficient = math.sumprod(columns[across], _COSINES[down])
        bits = bits << 1 | (coefficient > _FLAT)
    return f"{bits:016x}"


def distance(one: str, other: str) -> int:
    """How many of the 64 bits of two fingerprints differ: 0 is the same look, 32 is chance."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def is_alike(one: str, other: str) -> bool:
    """Whether two pictures, by their fingerprints, show the same to the eye.

    True for the same picture re-encoded, resized, brightened or cropped by 2 %, and for neighboring
    frames of one sequence: nobody learns from one of those what the other shows.
    """
    return distance(one, other) <= ALIKE_AT_MOST


def bands(fingerprint: str) -> tuple[str, ...]:
    """The four quarters of a fingerprint, four hexadecimal digits each."""
    starts = range(0, len(fingerprint), _DIGITS)
    return tuple(fingerprint[start : start + _DIGITS] for start in starts)


def bands_alike(fingerprint: str) -> tuple[tuple[str, ...], ...]:
    """For each band the values of which everything alike has at least one: 137, 137, 137 and 17.

    An index over each band then finds all candidates without a scan; `distance` chooses among
    them. Source: multi-index hashing (Norouzi, Punjani, Fleet 2012, Fast Search in Hamming Space
    with Multi-Index Hashing, proposition 2).
    """
    return tuple(
        _values_within(band, radius)
        for band, radius in zip(bands(fingerprint), _BAND_RADII, strict=True)
    )


def _values_within(band: str, radius: int) -> tuple[str, ...]:
    value, places = int(band, 16), range(4 * _DIGITS)
    flips = (chosen for count in range(radius + 1) for chosen in combinations(places, count))
    return tuple(f"{value ^ sum(1 << bit for bit in chosen):04x}" for chosen in flips)

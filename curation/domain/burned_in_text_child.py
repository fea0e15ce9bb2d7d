"""Finds text in one picture, in a process of its own: the models take 600 MB, which end with it.

A program, not a module to import, with the picture on standard input. On standard output it leaves
JSON: a list of rectangles, each left, top, width and height in pixels. What the text says is read
only to tell text from texture; it leaves this process nowhere, for it may be a patient's name.
"""

import io
import json
import logging
import math
import sys
from typing import Any

import numpy as np
from PIL import Image
from rapidocr import RapidOCR

LEAST_SCORE = 0.6  # below lie cell nuclei and the waves of an ECG
FEWEST_SIGNS = 2  # an L or R for the side names nobody


def rectangle(corners: Any) -> list[int]:
    """The upright rectangle around four corners."""
    left, top = (math.floor(corners[:, axis].min()) for axis in (0, 1))
    right, bottom = (math.ceil(corners[:, axis].max()) for axis in (0, 1))
    return [max(0, left), max(0, top), right - max(0, left), bottom - max(0, top)]


def is_text(words: str, score: float) -> bool:
    """Whether this could name somebody or something."""
    return score >= LEAST_SCORE and sum(sign.isalnum() for sign in words) >= FEWEST_SIGNS


def areas(picture: Image.Image) -> list[list[int]]:
    """Where text stands in the picture."""
    pixels = np.asarray(picture.convert("RGB"))[:, :, ::-1]  # the models learned from BGR
    found: Any = RapidOCR()(pixels, use_cls=False)
    if found.boxes is None:
        return []
    lines = zip(found.boxes, found.txts, found.scores, strict=True)
    return [rectangle(corners) for corners, words, score in lines if is_text(words, score)]


def main() -> None:
    """Reads the picture, writes the rectangles."""
    logging.disable(logging.CRITICAL)
    Image.MAX_IMAGE_PIXELS = None  # our own file, whose size was checked when it came
    with Image.open(io.BytesIO(sys.stdin.buffer.read())) as picture:
        answer = areas(picture)
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()

"""Where text is burned into a picture, such as a name in the corner of an ultrasound image.

Found by RapidOCR (PaddleOCR's models, run by ONNX Runtime on this machine alone) where the extra
`ocr` is installed. It looks at pictures of at most 2,000 pixels a side and at larger ones made that
small, so tiny text in a huge picture may escape: a person still confirms that nobody is named.
"""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

DEADLINE_SECONDS = 120.0  # a second or two is usual, the first time five

_CHILD = Path(__file__).with_name("burned_in_text_child.py")
_NEEDED = ("rapidocr", "onnxruntime")

type Area = list[int]
"""Left, top, width, height in pixels."""


class TextSearchError(Exception):
    """The picture could not be searched; it may be tried again."""


def is_installed() -> bool:
    """Whether this installation can look for text."""
    return all(find_spec(name) is not None for name in _NEEDED)


def find_areas(data: bytes) -> list[Area]:
    """The rectangles that hold text in this PNG or JPEG; TextSearchError if that fails."""
    command = [sys.executable, "-I", "-B", str(_CHILD)]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=DEADLINE_SECONDS, check=True
        )
        areas: list[Area] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        # Not the child's own words: they may quote the picture.
        raise TextSearchError(f"Looking for text failed: {type(error).__name__}.") from None
    return areas

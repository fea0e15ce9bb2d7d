"""One file through the page of a panel, and what the page says then."""

import html
import re
from functools import cache

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.curation.hostile_images import CASES
from tests.curation.writing import Desk, make_desk

__all__ = ["CASES", "bring"]

_WORDS = re.compile(r'class="upload-result is-refused".*?<p>([^<]*)</p>\s*</div>', re.DOTALL)


@cache
def _desk() -> Desk:
    return make_desk(Client())


def bring(name: str, data: bytes) -> tuple[int, str]:
    """The status of the answer, and the picture that is kept now or the words of the refusal."""
    desk = _desk()
    answer = desk.send("image_upload", upload=SimpleUploadedFile(name, data))
    if answer.status_code != 302:
        words = _WORDS.findall(answer.content.decode())
        return answer.status_code, html.unescape(" ".join(words)).replace("|", "/")
    image = desk.panel().image
    assert image is not None
    kept = f"{image.extension} of {image.width} x {image.height}, {image.byte_size:,} bytes"
    return answer.status_code, f"taken: {kept}"

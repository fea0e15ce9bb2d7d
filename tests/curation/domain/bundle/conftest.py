"""Problems with real small pictures, and a bundle written from them."""

import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from curation.domain.bundle import (
    BundleDescription,
    BundleFile,
    BundleItem,
    write_bundle,
)
from curation.domain.content import (
    Annotations,
    ImageContent,
    PanelContent,
    PanelRole,
    ProblemContent,
)

ANNOTATIONS = Annotations(
    specialty="dermatology",
    answer_format="multiple_choice",
    image_type="photograph",
    cognitive_process="reasoning",
    rarity="common",
    difficulty="hard",
)


def picture(number: int, media_type: str = "image/png") -> bytes:
    """A picture of 8 x 6 pixels of a color that depends on ``number``."""
    file = io.BytesIO()
    color = (number % 256, number // 256 % 256, 90)
    Image.new("RGB", (8, 6), color).save(file, media_type.removeprefix("image/"))
    return file.getvalue()


@dataclass
class Studio:
    """Makes problems and keeps the bytes of their images, as the image storage would."""

    stored: dict[str, bytes] = field(default_factory=dict)

    def read(self, sha256: str) -> bytes:
        """What the bundle is given to read images with."""
        return self.stored[sha256]

    def image(self, content: bytes, **changes: Any) -> ImageContent:
        """The description of an image whose bytes are stored."""
        sha256 = hashlib.sha256(content).hexdigest()
        self.stored[sha256] = content
        facts: dict[str, Any] = {
            "media_type": "image/png",
            "width": 8,
            "height": 6,
            "alt_text": "A colored field.",
            "source": "Department of Dermatology",
            "license": "CC-BY-4.0",
            "attribution": "A. Author",
            "no_patient_confirmed": True,
        }
        return ImageContent(sha256=sha256, **(facts | changes))

    def item(
        self,
        problem_id: str,
        images: Sequence[ImageContent],
        annotations: Annotations = ANNOTATIONS,
        text: str = "",
    ) -> BundleItem:
        """A problem with one panel per image, the last of them the query."""
        roles = [PanelRole.EXAMPLE] * (len(images) - 1) + [PanelRole.QUERY]
        panels = tuple(
            PanelContent(
                role=role,
                question=f"Which color is number {number}? {text}",
                answer=f"Color {number}. {text}",
                accepted_variants=(f"No. {number}",),
                image=image,
            )
            for number, (role, image) in enumerate(zip(roles, images, strict=True))
        )
        content = ProblemContent(problem_id=problem_id, annotations=annotations, panels=panels)
        return BundleItem(content=content, revision_sha256=content.sha256())

    def problem(self, number: int, panels: int = 3, **changes: Any) -> BundleItem:
        """Problem ``number`` with images that no other problem has."""
        images = [self.image(picture(number * 20 + panel)) for panel in range(panels)]
        return self.item(f"problem-{number}", images, **changes)


WriteBundle = Callable[..., tuple[BundleFile, ...]]


@pytest.fixture
def studio() -> Studio:
    return Studio()


@pytest.fixture
def description() -> BundleDescription:
    return BundleDescription(
        name="Bench of colors",
        version="1.2.0",
        notes="The first release.",
        license="CC-BY-4.0",
        homepage="https://bench.example",
        authors=("Ana Müller", "Bo Li"),
        released_on=date(2026, 3, 14),
        approvals_required=2,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    return folder


@pytest.fixture
def write(studio: Studio, description: BundleDescription, folder: Path) -> WriteBundle:
    def write(items: Iterable[BundleItem], into: Path = folder) -> tuple[BundleFile, ...]:
        return write_bundle(into, description, items, studio.read)

    return write

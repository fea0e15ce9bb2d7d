"""The folder of images: each picture once, named by its hash, checked before it is written."""

import hashlib
import zlib
from pathlib import Path

from curation.domain.bundle.errors import DamagedImageError, UnsupportedImageError
from curation.domain.bundle.items import BundleFile, ReadImage
from curation.domain.content import ImageContent

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg"}
"""Media type -> file name extension, for the types that images are stored in."""


def image_file(image: ImageContent) -> str:
    """The image's path inside a bundle; UnsupportedImageError for a type it does not carry."""
    if image.media_type not in EXTENSIONS:
        raise UnsupportedImageError(image.sha256, image.media_type)
    return f"images/{image.sha256}.{EXTENSIONS[image.media_type]}"


class ImageFolder:
    """Writes images into a bundle as they are met; remembers names and sizes, never bytes."""

    def __init__(self, folder: Path, read_image: ReadImage) -> None:
        self._folder = folder
        self._read_image = read_image
        self._files: dict[str, BundleFile] = {}
        (folder / "images").mkdir()

    @property
    def files(self) -> tuple[BundleFile, ...]:
        """What was written so far."""
        return tuple(self._files.values())

    def store(self, image: ImageContent) -> bytes:
        """Check the image's stored bytes, write them unless they are there, and return them.

        Raises DamagedImageError where they do not have the hash that was reviewed.
        """
        path = image_file(image)
        content = self._checked_bytes(image.sha256)
        if path not in self._files:
            (self._folder / path).write_bytes(content)
            self._files[path] = BundleFile(
                path=path, sha256=image.sha256, size=len(content), crc32=zlib.crc32(content)
            )
        return content

    def _checked_bytes(self, sha256: str) -> bytes:
        try:
            content = self._read_image(sha256)
        except FileNotFoundError as error:
            raise DamagedImageError(sha256, "is missing from the image storage") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DamagedImageError(sha256, "has changed since it was stored")
        return content

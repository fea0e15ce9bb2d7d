"""Images as a chat API wants them: encoded once, kept within a bound of bytes."""

import asyncio
import base64
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from evaluation.domain.fitting import ANY_IMAGE, ImageRule, fitted
from evaluation.domain.prompting import ImagePart

type ReadImage = Callable[[ImagePart], bytes]
"""Reads an image's stored bytes; called in a thread. OSError where they cannot be read."""

CAPACITY_BYTES = 256 * 1024**2


type _Key = tuple[str, ImageRule]


class DamagedImageError(Exception):
    """The stored bytes are not those the revision names, or there are none."""

    def __init__(self) -> None:
        super().__init__("A stored image is missing or damaged.")


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """What is sent of an image: base64 of bytes that have this SHA-256."""

    base64: bytes
    media_type: str
    sha256: str


class EncodedImages:
    """What is sent of images by their SHA-256, the least recently used forgotten first."""

    def __init__(self, read: ReadImage, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self._read = read
        self._capacity = capacity_bytes
        self._kept: OrderedDict[_Key, EncodedImage] = OrderedDict()
        self._size = 0
        self._being_read: dict[_Key, asyncio.Task[EncodedImage]] = {}
        self.made = 0

    async def encoded(self, part: ImagePart, rule: ImageRule = ANY_IMAGE) -> EncodedImage:
        """What the rule makes of bytes that have the part's SHA-256, made once for all who ask.

        :class:`DamagedImageError` for other bytes or none, UnfittingImageError where the rule
        allows nothing of it, OSError where they cannot be read now.
        """
        key = (part.sha256, rule)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        reading = self._being_read.get(key)
        if reading is None:
            reading = asyncio.create_task(asyncio.to_thread(self._encode, part, rule))
            self._being_read[key] = reading
            reading.add_done_callback(lambda task: self._keep(key, task))
        # Shielded: one request that gives up must not take the image from the others.
        return await asyncio.shield(reading)

    def _encode(self, part: ImagePart, rule: ImageRule) -> EncodedImage:
        try:
            content = self._read(part)
        except FileNotFoundError:
            raise DamagedImageError from None
        if hashlib.sha256(content).hexdigest() != part.sha256:
            raise DamagedImageError
        sent = fitted(content, part.media_type, rule)
        return EncodedImage(base64.b64encode(sent.content), sent.media_type, sent.sha256)

    def _keep(self, key: _Key, task: asyncio.Task[EncodedImage]) -> None:
        del self._being_read[key]
        if task.cancelled() or task.exception() is not None:
            return
        self.made += 1
        self._kept[key] = task.result()
        self._size += len(task.result().base64)
        while self._size > self._capacity:
            _, forgotten = self._kept.popitem(last=False)
            self._size -= len(forgotten.base64)

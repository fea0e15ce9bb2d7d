"""Images as a chat API wants them: encoded once, kept within a bound of bytes."""

import asyncio
import base64
import hashlib
from collections import OrderedDict
from collections.abc import Callable

from evaluation.domain.prompting import ImagePart

type ReadImage = Callable[[ImagePart], bytes]
"""Reads an image's stored bytes; called in a thread. OSError where they cannot be read."""

CAPACITY_BYTES = 256 * 1024**2


class DamagedImageError(Exception):
    """The stored bytes are not those the revision names."""


class EncodedImages:
    """Base64 of images by SHA-256, the least recently used forgotten first."""

    def __init__(self, read: ReadImage, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self._read = read
        self._capacity = capacity_bytes
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._being_read: dict[str, asyncio.Task[bytes]] = {}

    async def encoded(self, part: ImagePart) -> bytes:
        """Base64 of bytes that have the part's SHA-256, read once however many ask at once.

        :class:`DamagedImageError` for other bytes, OSError where there are none.
        """
        if part.sha256 in self._kept:
            self._kept.move_to_end(part.sha256)
            return self._kept[part.sha256]
        reading = self._being_read.get(part.sha256)
        if reading is None:
            reading = asyncio.create_task(asyncio.to_thread(self._encode, part))
            self._being_read[part.sha256] = reading
            reading.add_done_callback(lambda task: self._keep(part.sha256, task))
        # Shielded: one request that gives up must not take the image from the others.
        return await asyncio.shield(reading)

    def _encode(self, part: ImagePart) -> bytes:
        content = self._read(part)
        if hashlib.sha256(content).hexdigest() != part.sha256:
            raise DamagedImageError(f"The stored image {part.sha256[:12]} is damaged.")
        return base64.b64encode(content)

    def _keep(self, sha256: str, task: asyncio.Task[bytes]) -> None:
        del self._being_read[sha256]
        if task.cancelled() or task.exception() is not None:
            return
        self._kept[sha256] = task.result()
        self._size += len(task.result())
        while self._size > self._capacity:
            _, forgotten = self._kept.popitem(last=False)
            self._size -= len(forgotten)

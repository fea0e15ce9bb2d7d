"""A bucket that speaks S3 as a storage (extra `s3`), with the manners of a folder."""

from collections.abc import Buffer, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, RawIOBase
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 3},
    # Stores that merely speak S3 refuse the checksums that newer clients send by themselves.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
_TRANSFER = TransferConfig(max_concurrency=4)  # parts of 8 MB each are in memory
_READ_AHEAD_BYTES = 256 * 1024


class ObjectStorage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """Objects of one bucket below one prefix. What is opened is read by ranges, never fetched."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            client_config=_CONFIG,
            transfer_config=_TRANSFER,
            file_overwrite=True,
            security_token=None,
            **options,
        )

    @property
    def place(self) -> str:
        """Its bucket."""
        return f"{self.endpoint_url or ''}/{self.bucket_name}"

    def require_ready(self) -> None:
        """The bucket answers, and to us."""
        try:
            self._client.head_bucket(Bucket=self.bucket_name)
        except (ClientError, BotoCoreError) as error:
            raise ConnectionError(f"The bucket {self.bucket_name} does not answer.") from error

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        """Folders and files below; there are no empty folders, so nothing means not there."""
        folders, files = super().listdir(name)
        if not folders and not files:
            raise FileNotFoundError(name)
        return folders, files

    def get_modified_time(self, name: str) -> datetime:
        """When it was saved last."""
        with _missing_said(name):
            at: datetime = super().get_modified_time(name)
        return at

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        if mode != "rb":
            opened: File[bytes] = super()._open(name, mode)
            return opened
        key = self._normalize_name(clean_name(name))
        with _missing_said(name):
            about = self._client.head_object(Bucket=self.bucket_name, Key=key)
        stored = _Object(
            self._client,
            {"Bucket": self.bucket_name, "Key": key, "IfMatch": about["ETag"]},
            about["ContentLength"],
        )
        return File(BufferedReader(stored, _READ_AHEAD_BYTES), name)

    @property
    def _client(self) -> Any:
        return self.connection.meta.client


class _Object(RawIOBase):
    """An object opened for reading: each read asks for just its bytes, by a request of its own.

    No connection is held between reads, however slowly somebody takes what is read, and all reads
    are of the object as it was when it was opened.
    """

    def __init__(self, client: Any, which: dict[str, str], size: int) -> None:
        super().__init__()
        self._client = client
        self._which = which
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        self._at = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._size}[whence] + offset
        return self._at

    def readinto(self, into: Buffer) -> int:
        room = memoryview(into).cast("B")
        stop = min(self._at + len(room), self._size)
        if stop <= self._at:
            return 0
        block = self._fetch(self._at, stop)
        room[: len(block)] = block
        self._at += len(block)
        return len(block)

    def _fetch(self, start: int, stop: int) -> bytes:
        with _missing_said(self._which["Key"]):
            answer = self._client.get_object(**self._which, Range=f"bytes={start}-{stop - 1}")
        with answer["Body"] as body:
            block: bytes = body.read()
        return block


@contextmanager
def _missing_said(name: str) -> Iterator[None]:
    """What is not there is said as a folder says it."""
    try:
        yield
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 404:
            raise FileNotFoundError(name) from error
        if status == 412:
            raise OSError(f"{name} was replaced while it was read.") from error
        raise

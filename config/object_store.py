"""A bucket that speaks S3 in place of folders; refuses to start half configured."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.environment import text


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStore:
    """The bucket, how to reach it and who we are there."""

    bucket: str
    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str
    prefix: str

    def options(self, folder: str) -> dict[str, Any]:
        """Of the storage that keeps what would lie in this folder."""
        return {
            "bucket_name": self.bucket,
            "endpoint_url": self.endpoint_url or None,
            "region_name": self.region or None,
            "access_key": self.access_key_id or None,
            "secret_key": self.secret_access_key or None,
            "location": f"{self.prefix.strip('/')}/{folder}".lstrip("/"),
        }


def object_store() -> ObjectStore | None:
    """The bucket that S3_BUCKET and its companions name; None where none of them is set.

    Raises `ImproperlyConfigured` naming what is missing or cannot be.
    """
    store = ObjectStore(
        bucket=text("S3_BUCKET", default=""),
        endpoint_url=text("S3_ENDPOINT_URL", default=""),
        region=text("S3_REGION", default=""),
        access_key_id=text("S3_ACCESS_KEY_ID", default=""),
        secret_access_key=text("S3_SECRET_ACCESS_KEY", default=""),
        prefix=text("S3_PREFIX", default=""),
    )
    if store == ObjectStore(**dict.fromkeys(ObjectStore.__slots__, "")):
        return None
    _require_whole(store)
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ImproperlyConfigured("S3_BUCKET needs the extra s3: install icl-bench[s3].")
    return store


def _require_whole(store: ObjectStore) -> None:
    if not store.bucket:
        raise ImproperlyConfigured("Set S3_BUCKET too: the other S3_ variables alone do nothing.")
    if bool(store.access_key_id) != bool(store.secret_access_key):
        raise ImproperlyConfigured(
            "Set both S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, or neither."
        )
    # Without keys the machine's own role is asked, which exists at Amazon only.
    if store.endpoint_url and not store.access_key_id:
        raise ImproperlyConfigured(
            "S3_ENDPOINT_URL needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY too."
        )
    address = urlsplit(store.endpoint_url)
    if store.endpoint_url and (address.scheme not in {"http", "https"} or not address.hostname):
        raise ImproperlyConfigured(
            "S3_ENDPOINT_URL must be an address such as https://s3.example.org, not "
            f"{store.endpoint_url!r}."
        )

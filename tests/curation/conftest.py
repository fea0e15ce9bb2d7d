"""Where files lie in tests that ask the same of a folder and of a bucket."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from config.object_store import ObjectStore
from curation.storing import KEPT

BACKEND = "curation.object_storing.ObjectStorage"


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a server that speaks S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def object_store(s3_server: str) -> ObjectStore:
    """An empty bucket."""
    store = ObjectStore(
        bucket=f"bench-{uuid.uuid4()}",
        endpoint_url=s3_server,
        region="us-east-1",
        access_key_id="test",
        secret_access_key="test",
        prefix="some/where",
    )
    client = boto3.client(
        "s3",
        endpoint_url=s3_server,
        region_name=store.region,
        aws_access_key_id=store.access_key_id,
        aws_secret_access_key=store.secret_access_key,
    )
    client.create_bucket(Bucket=store.bucket)
    client.close()
    return store


@pytest.fixture(params=["folder", "bucket"])
def kept(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> str:
    """Images, scans, imports and releases lie in empty folders, or in an empty bucket."""
    if request.param == "folder":
        ours = {
            name: {
                "BACKEND": "curation.storing.WholeFileStorage",
                "OPTIONS": {"location": tmp_path / name},
            }
            for name in KEPT
        }
    else:
        store: ObjectStore = request.getfixturevalue("object_store")
        ours = {name: {"BACKEND": BACKEND, "OPTIONS": store.options(name)} for name in KEPT}
    settings.STORAGES = {**settings.STORAGES, **ours}
    return str(request.param)

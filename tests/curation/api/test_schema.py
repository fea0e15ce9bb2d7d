"""The description of the API: valid, complete, and there for everybody."""

import pytest
import yaml
from django.test import Client
from drf_spectacular.validation import validate_schema

from curation.api.operations import ApiView
from curation.api.schema import description
from tests.curation.programs import ROOT
from tests.permissions import routes


def test_the_description_is_openapi_3_1_in_both_forms(client: Client) -> None:
    document = client.get(f"{ROOT}/schema").json()
    assert document["openapi"] == "3.1.0"
    assert yaml.safe_load(client.get(f"{ROOT}/schema.yaml").content) == document
    validate_schema(document)  # type: ignore[no-untyped-call]  # drf-spectacular's own


def test_every_operation_is_described_once_with_words_rules_and_refusals() -> None:
    described = [
        operation for path in description()["paths"].values() for operation in path.values()
    ]
    views = {route.view.cls for route in routes() if hasattr(route.view, "cls")}
    stated = [one.name for view in views for one in view.operations().values()]
    assert sorted(operation["operationId"] for operation in described) == sorted(stated)
    for operation in described:
        assert operation["description"].strip().endswith((".", "`."))
        assert {"token", "session"} <= {name for each in operation["security"] for name in each}
        assert {"400", "401", "403", "429", "500"} <= set(operation["responses"])
    assert all(issubclass(view, ApiView) for view in views)


@pytest.mark.django_db
def test_the_page_and_the_description_are_for_everybody(client: Client) -> None:
    for path in ("/", "/schema", "/schema.yaml"):
        assert client.get(f"{ROOT}{path}").status_code == 200
        assert client.post(f"{ROOT}{path}").status_code == 405

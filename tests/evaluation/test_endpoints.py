from typing import Any

import pytest
from pytest_django import Settings

from curation.errors import InvalidContentError, WrongMomentError
from evaluation.endpoints import EndpointFacts, create_endpoint, update_endpoint
from evaluation.models import EndpointKind, ModelEndpoint
from evaluation.runs import cancel_run
from tests.evaluation.cast import facts_of, make_endpoint, make_run
from tests.factories import make_editor, make_release_of

pytestmark = pytest.mark.django_db

MODEL: dict[str, Any] = {
    "name": "A model",
    "kind": EndpointKind.OPENAI_COMPATIBLE,
    "base_url": "https://models.example.org/v1",
    "model": "m",
}


def _update(endpoint: ModelEndpoint, facts: EndpointFacts) -> ModelEndpoint:
    return update_endpoint(endpoint, facts, by=endpoint.created_by)


def test_an_endpoint_keeps_what_the_editor_said() -> None:
    facts = EndpointFacts(**MODEL | {"key_variable": "MODEL_KEY_A", "max_concurrency": 3})
    endpoint = create_endpoint(facts, by=make_editor())
    endpoint.refresh_from_db()
    assert facts_of(endpoint) == facts


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": ""},
        {"model": " "},
        {"name": ""},
        {"base_url": "models.example.org"},
        {"base_url": "https://a:b@models.example.org"},
        {"kind": EndpointKind.RANDOM_EXAMPLE},
        {"key_variable": "SECRET_KEY"},
        {"key_variable": "MODEL_KEY_"},
        {"key_variable": "MODEL_KEY_A\nB"},
        {"key_variable": "sk-a-key-itself"},
        {"max_concurrency": 0},
        {"timeout_seconds": 10_000},
    ],
)
def test_what_cannot_be_called_is_refused_in_words(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidContentError, match=r"\w+ \w+"):
        create_endpoint(EndpointFacts(**MODEL | wrong), by=make_editor())
    assert not ModelEndpoint.objects.exists()


def test_a_taken_name_is_refused_in_words() -> None:
    make_endpoint()
    with pytest.raises(InvalidContentError, match="already exists"):
        make_endpoint()


def test_only_listed_hosts_are_taken_where_the_operator_lists_them(
    settings: Settings,
) -> None:
    settings.MODEL_HOSTS = ["models.example.org"]
    make_endpoint(MODEL["base_url"])
    with pytest.raises(InvalidContentError, match="MODEL_HOSTS"):
        make_endpoint("https://other.example.org/v1", name="Other")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example.org/v1",
        "http://models.example.org/v1",
        "https://models.example.org:1/v1",
    ],
)
def test_a_new_address_never_inherits_the_key(address: str) -> None:
    endpoint = make_endpoint(MODEL["base_url"], key_variable="MODEL_KEY_A")
    changed = _update(endpoint, facts_of(endpoint, base_url=address))
    assert (changed.base_url, changed.key_variable) == (address, "")
    named_anew = _update(changed, facts_of(changed, key_variable="MODEL_KEY_A"))
    assert named_anew.key_variable == "MODEL_KEY_A"


def test_a_new_address_takes_a_new_key() -> None:
    endpoint = make_endpoint(MODEL["base_url"], key_variable="MODEL_KEY_A")
    facts = facts_of(endpoint, base_url="https://b.example.org", key_variable="MODEL_KEY_B")
    assert _update(endpoint, facts).key_variable == "MODEL_KEY_B"


def test_the_key_stays_where_only_the_limits_change() -> None:
    endpoint = make_endpoint(MODEL["base_url"], key_variable="MODEL_KEY_A")
    changed = _update(endpoint, facts_of(endpoint, max_concurrency=2))
    assert (changed.max_concurrency, changed.key_variable) == (2, "MODEL_KEY_A")


def test_a_measured_endpoint_keeps_its_model() -> None:
    endpoint = make_endpoint()
    make_run(make_release_of(1), endpoint)
    with pytest.raises(WrongMomentError):
        _update(endpoint, facts_of(endpoint, model="another"))


def test_the_address_stays_while_a_run_uses_it() -> None:
    endpoint = make_endpoint()
    run = make_run(make_release_of(1), endpoint)
    facts = facts_of(endpoint, base_url="http://127.0.0.1:10/v1")
    with pytest.raises(WrongMomentError):
        _update(endpoint, facts)
    cancel_run(run)
    assert _update(endpoint, facts).base_url == "http://127.0.0.1:10/v1"

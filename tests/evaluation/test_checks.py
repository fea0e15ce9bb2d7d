import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from evaluation.checks import model_hosts_are_hosts
from evaluation.clients.contract import MissingKeyError
from evaluation.reaching import required_key


@pytest.mark.parametrize("word", ["https://models.example.org", "models.example.org/v1", "a:80"])
def test_a_list_of_hosts_that_would_match_nothing_is_said(word: str, settings: Settings) -> None:
    settings.MODEL_HOSTS = ["models.example.org", word]
    (error,) = model_hosts_are_hosts()
    assert word in error.msg


@pytest.mark.parametrize("word", ["models.example.org", "localhost", "127.0.0.1", "::1"])
def test_hosts_are_taken(word: str, settings: Settings) -> None:
    settings.MODEL_HOSTS = [word]
    assert model_hosts_are_hosts() == []


def test_a_key_is_looked_up_at_the_moment_of_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingKeyError, match="MODEL_KEY_LATER"):
        required_key("MODEL_KEY_LATER")
    monkeypatch.setenv("MODEL_KEY_LATER", " key ")
    assert required_key("MODEL_KEY_LATER") == "key"


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "PATH", "model_key_a"])
def test_other_variables_are_no_keys(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a model's key"):
        django_settings.FIND_MODEL_KEY(name)

"""The settings refuse to start unsafe, and name the variable that is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.databases import database
from config.environment import flag, hosts, hour, integer, text, words
from config.storages import storages
from curation.storing import KEPT
from tests.environment import ROOT, without_settings

_PRODUCTION = {
    "SECRET_KEY": "0123456789" * 6,
    "SITE_URL": "https://bench.example.org",
    "DATABASE_URL": "postgresql://user@127.0.0.1/name",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}
_SHOWN = (
    "DEBUG",
    "ALLOWED_HOSTS",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER",
    "ALLAUTH_TRUSTED_PROXY_COUNT",
)
_SHOW = f"""
import json
from django.conf import settings
print(json.dumps({{name: getattr(settings, name) for name in {_SHOWN}}}))
"""


def _start(data_dir: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own, as production does unless told otherwise."""
    environment = {
        **without_settings(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(data_dir),
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-c", _SHOW],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _settings(data_dir: Path, **variables: str) -> dict[str, object]:
    done = _start(data_dir, _PRODUCTION | variables)
    assert done.returncode == 0, done.stderr
    shown: dict[str, object] = json.loads(done.stdout)
    return shown


@pytest.mark.parametrize("missing", sorted(_PRODUCTION))
@pytest.mark.parametrize("is_empty", [True, False], ids=["empty", "absent"])
def test_production_does_not_start_without(missing: str, is_empty: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of the test, given by name
    variables = {name: value for name, value in _PRODUCTION.items() if name != missing}
    if is_empty:
        variables[missing] = " "
    done = _start(tmp_path, variables)
    assert done.returncode != 0
    assert f"Set the environment variable {missing}" in done.stderr


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"SECRET_KEY": "short-but-otherwise-quite-random-7f3a"}, "SECRET_KEY must"),
        ({"SECRET_KEY": "d" * 60}, "SECRET_KEY must"),
        ({"ALLOWED_HOSTS": "other.example.org, *"}, "ALLOWED_HOSTS must"),
        ({"SITE_URL": "bench.example.org"}, "SITE_URL must"),
        ({"SITE_URL": "https://"}, "SITE_URL must"),
        ({"SITE_URL": "ftp://bench.example.org"}, "SITE_URL must"),
        ({"SITE_URL": "https://bench.example.org/below"}, "SITE_URL must"),
        ({"SITE_URL": "http://bench.example.org"}, "SITE_URL must start with https"),
        ({"SITE_URL": "http://10.0.0.1:8000"}, "SITE_URL must start with https"),
        ({"REQUIRED_APPROVALS": "0"}, "REQUIRED_APPROVALS must"),
        ({"CLAIM_HOURS": "0"}, "CLAIM_HOURS must"),
        ({"MODEL_KEY_A": "key-of-a"}, "Set MODEL_HOSTS to the hosts that may get MODEL_KEY_A:"),
    ],
    ids=str,
)
def test_production_does_not_start_unsafe(
    variables: dict[str, str], says: str, tmp_path: Path
) -> None:
    done = _start(tmp_path, _PRODUCTION | variables)
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {says}" in done.stderr
    assert "key-of-a" not in done.stderr


def test_production_does_not_start_with_the_key_of_development(tmp_path: Path) -> None:
    known = subprocess.run(
        [sys.executable, "-c", "from config.settings import SECRET_KEY; print(SECRET_KEY)"],
        cwd=ROOT,
        env={**without_settings(), "DATA_DIR": str(tmp_path), "ENVIRONMENT": "development"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert len(known) >= 50
    done = _start(tmp_path, _PRODUCTION | {"SECRET_KEY": known})
    assert "SECRET_KEY must" in done.stderr


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_production_on_one_s_own_machine_needs_no_tls(host: str, tmp_path: Path) -> None:
    assert _settings(tmp_path, SITE_URL=f"http://{host}")["SECURE_SSL_REDIRECT"] is False


def test_a_key_needs_a_host_it_may_be_sent_to(tmp_path: Path) -> None:
    assert _settings(tmp_path, MODEL_KEY_A="key", MODEL_HOSTS="models.example.org")


@pytest.mark.parametrize("word", ["yes", "1", "true"])
def test_production_has_no_debug_whatever_is_asked(word: str, tmp_path: Path) -> None:
    assert _settings(tmp_path, DEBUG=word, DJANGO_DEBUG=word)["DEBUG"] is False


def test_an_unknown_environment_does_not_start(tmp_path: Path) -> None:
    done = _start(tmp_path, {**_PRODUCTION, "ENVIRONMENT": "prod"})
    assert done.returncode != 0
    assert "prod" in done.stderr


def test_production_answers_to_its_own_name_only(tmp_path: Path) -> None:
    assert _settings(tmp_path)["ALLOWED_HOSTS"] == ["bench.example.org"]


def test_https_turns_on_what_depends_on_it(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]
    assert settings["SECURE_SSL_REDIRECT"]
    assert settings["SECURE_HSTS_SECONDS"] == 365 * 24 * 3600


@pytest.mark.parametrize(
    ("is_behind", "proxies", "header"), [("no", 0, None), ("yes", 1, "HTTP_X_FORWARDED_PROTO")]
)
def test_a_proxy_s_word_counts_only_if_there_is_one(
    is_behind: str, proxies: int, header: str | None, tmp_path: Path
) -> None:
    settings = _settings(tmp_path, BEHIND_PROXY=is_behind)
    assert settings["SECURE_PROXY_SSL_HEADER"] == (header and [header, "https"])
    assert settings["ALLAUTH_TRUSTED_PROXY_COUNT"] == proxies


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_NAME", raising=False)
    with pytest.raises(ImproperlyConfigured, match=r"SOME_NAME; \.env\.example"):
        text("SOME_NAME", default=None)


def test_white_space_around_a_value_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_NAME", "  value \n")
    assert text("SOME_NAME", default=None) == "value"


@pytest.mark.parametrize("value", ["two", "1.5", "-1", "1e3"])
def test_a_number_that_is_none_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_NUMBER", value)
    with pytest.raises(ImproperlyConfigured, match="SOME_NUMBER must be a whole number"):
        integer("SOME_NUMBER", default=2)


@pytest.mark.parametrize("value", ["true", "1", "maybe"])
def test_a_flag_is_yes_or_no(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_FLAG", value)
    with pytest.raises(ImproperlyConfigured, match="SOME_FLAG must be yes or no"):
        flag("SOME_FLAG", default=False)


@pytest.mark.parametrize(
    ("value", "expected"), [("yes", True), ("No", False), ("", True), (" YES ", True)]
)
def test_a_flag_is_read_without_regard_to_case(
    value: str,
    expected: bool,  # noqa: FBT001 - a parameter of the test, given by name
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOME_FLAG", value)
    assert flag("SOME_FLAG", default=True) is expected


def test_a_list_takes_commas_and_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_LIST", "one.org, two.org  three.org,")
    assert words("SOME_LIST") == ["one.org", "two.org", "three.org"]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("", set()),
        ("pacs, 10.0.0.7:8080", {"pacs", "10.0.0.7:8080"}),
        ("PACS.example.org [::1]:8080", {"pacs.example.org", "[::1]:8080"}),
    ],
)
def test_hosts_are_read_with_and_without_ports(
    value: str, read: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGE_HOSTS", value)
    assert hosts("IMAGE_HOSTS") == read


@pytest.mark.parametrize(
    "value", ["*", "*.example.org", "http://pacs", "pacs/", "pacs:", "10.0.0.0/8"]
)
def test_what_is_no_host_stops_the_start_by_name(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGE_HOSTS", f"good.example.org, {value}")
    with pytest.raises(ImproperlyConfigured, match="IMAGE_HOSTS must list hosts"):
        hosts("IMAGE_HOSTS")


def test_an_hour_is_one_of_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_HOUR", "23")
    assert hour("SOME_HOUR", default=6) == 23
    monkeypatch.setenv("SOME_HOUR", "24")
    with pytest.raises(ImproperlyConfigured, match="SOME_HOUR"):
        hour("SOME_HOUR", default=6)


_S3 = {
    "S3_BUCKET": "bench",
    "S3_ENDPOINT_URL": "https://s3.example.org",
    "S3_ACCESS_KEY_ID": "key",
    "S3_SECRET_ACCESS_KEY": "secret",
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"S3_BUCKET": ""}, "Set S3_BUCKET too"),
        ({"S3_SECRET_ACCESS_KEY": ""}, "Set both S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY"),
        ({"S3_ACCESS_KEY_ID": ""}, "Set both S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY"),
        ({"S3_ACCESS_KEY_ID": "", "S3_SECRET_ACCESS_KEY": ""}, "S3_ENDPOINT_URL needs"),
        ({"S3_ENDPOINT_URL": "s3.example.org"}, "S3_ENDPOINT_URL must be an address"),
        ({"S3_ENDPOINT_URL": "ftp://s3.example.org"}, "S3_ENDPOINT_URL must be an address"),
    ],
)
def test_a_bucket_that_is_half_configured_stops_the_start_by_name(
    changed: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (_S3 | changed).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=said):
        storages(ROOT, is_collected=False)


def test_a_bucket_takes_the_place_of_all_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**_S3, "S3_PREFIX": "/some/where/"}.items():
        monkeypatch.setenv(name, value)
    configured = storages(ROOT, is_collected=False)
    locations = {name: configured[name]["OPTIONS"]["location"] for name in KEPT}
    assert locations == {name: f"some/where/{name}" for name in KEPT}
    assert {configured[name]["OPTIONS"]["bucket_name"] for name in KEPT} == {"bench"}


def test_without_a_bucket_files_lie_in_folders(tmp_path: Path) -> None:
    configured = storages(tmp_path, is_collected=False)
    locations = {name: configured[name]["OPTIONS"]["location"] for name in KEPT}
    assert locations == {name: tmp_path / name for name in KEPT}


def test_a_bucket_without_the_extra_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _S3.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("config.object_store.find_spec", lambda _: None)
    with pytest.raises(ImproperlyConfigured, match="needs the extra s3"):
        storages(ROOT, is_collected=False)


def test_postgresql_reads_few_rows_by_their_index() -> None:
    options = database("postgresql://user@127.0.0.1/name?sslmode=require")["OPTIONS"]
    assert options["sslmode"] == "require"
    assert "random_page_cost=1.1" in options["options"]


def test_an_address_has_the_last_word_on_postgresql_s_options() -> None:
    address = "postgresql://user@127.0.0.1/name?options=-c%20random_page_cost%3D4"
    assert database(address)["OPTIONS"]["options"] == "-c random_page_cost=4"


def test_sqlite_waits_for_its_turn() -> None:
    assert database("sqlite:///some/file.sqlite3")["OPTIONS"]["transaction_mode"] == "IMMEDIATE"

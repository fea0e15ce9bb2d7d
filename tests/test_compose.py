"""docker-compose.yml, the image and .env.example agree with the settings and with each other."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from pytest_django import Settings

from config.celery import app
from config.wsgi import application
from evaluation.tasks import tick, work_check, work_judging, work_run, work_trial
from tests.environment import ROOT, explained_variables

_COMPOSE = (ROOT / "docker-compose.yml").read_text()
_DOCKERFILE = (ROOT / "config/docker/Dockerfile").read_text()
_SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(_COMPOSE)["services"]
_OURS = {name: service for name, service in _SERVICES.items() if "build" in service}
_RUN_ONCE = {"migrate"}
# Read by the compose file alone.
_OF_COMPOSE = {"POSTGRES_PASSWORD", "LISTEN"}
_READ = re.compile(r"""\b(?:text|integer|hour|flag|words|hosts)\(\s*"([A-Z0-9_]+)\"""")
_INTERPOLATED = re.compile(r"(?<!\$)\$\{([A-Z_]+)(:[-?])?")


def test_the_services_are_those_of_an_installation() -> None:
    assert set(_SERVICES) == {"web", "worker", "runner", "beat", "migrate", "postgres", "redis"}


@pytest.mark.parametrize("name", sorted(set(_SERVICES) - _RUN_ONCE))
def test_a_lasting_service_has_a_health_check_and_comes_back(name: str) -> None:
    service = _SERVICES[name]
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(set(_OURS) - _RUN_ONCE))
def test_a_service_waits_for_the_migrated_database_and_the_queue(name: str) -> None:
    conditions = {on: how["condition"] for on, how in _SERVICES[name]["depends_on"].items()}
    assert conditions == {
        "migrate": "service_completed_successfully",
        "postgres": "service_healthy",
        "redis": "service_healthy",
    }


@pytest.mark.parametrize("name", sorted(_OURS))
def test_a_service_of_ours_has_few_rights(name: str) -> None:
    service = _SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert "privileged" not in service


@pytest.mark.parametrize("name", sorted(_OURS))
def test_a_command_of_ours_names_what_exists(name: str) -> None:
    program, *arguments = shlex.split(_SERVICES[name]["command"])
    assert shutil.which(program, path=str(Path(sys.executable).parent))
    named = [word for word in arguments if word.endswith(".py") or word.startswith("config.")]
    assert named
    for word in named:
        path = ROOT / (word if word.endswith(".py") else f"{word.replace('.', '/')}.py")
        assert path.is_file(), word


def test_the_web_server_and_the_worker_load_what_their_commands_name() -> None:
    assert callable(application)
    assert set(app.conf.beat_schedule)


@pytest.mark.parametrize("name", sorted(set(_OURS) - _RUN_ONCE))
def test_gunicorn_and_celery_know_the_options_they_are_given(name: str) -> None:
    program, *arguments = shlex.split(_SERVICES[name]["command"])
    words = [program, *(word for word in arguments if not word.startswith("-"))]
    known = subprocess.run(
        _help_of(words), cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for option in (word.partition("=")[0] for word in arguments if word.startswith("--")):
        assert option in known


def _help_of(words: list[str]) -> list[str]:
    executable = str(Path(sys.executable).parent / words[0])
    if words[0] == "gunicorn":
        return [executable, "--help"]
    return [executable, "-A", "config.celery", words[2], "--help"]


def test_every_queue_has_a_worker_whose_health_check_asks_for_it_by_its_name() -> None:
    queues = {app.conf.task_default_queue, *(r["queue"] for r in app.conf.task_routes.values())}
    served = set()
    for name in ("worker", "runner"):
        words = shlex.split(_SERVICES[name]["command"])
        served.add(words[words.index("--queues") + 1])
        assert words[words.index("--hostname") + 1] == f"{name}@%h"
        assert _SERVICES[name]["healthcheck"]["test"][1].endswith(f"{name}@$$HOSTNAME")
    assert served == queues
    asking = (tick, work_run, work_trial, work_check, work_judging)
    assert set(app.conf.task_routes) == {task.name for task in asking}


def test_a_health_check_of_ours_names_what_exists() -> None:
    for name in ("web", "beat"):
        command = _SERVICES[name]["healthcheck"]["test"]
        assert (ROOT / command[2]).is_file()
        assert f"def {command[3]}()" in (ROOT / command[2]).read_text()


def test_redis_keeps_what_waits_and_evicts_nothing() -> None:
    command = _SERVICES["redis"]["command"]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_beat_runs_once_and_only_there() -> None:
    beats = [name for name in _OURS if " beat" in _SERVICES[name]["command"]]
    assert beats == ["beat"]
    assert not any(" -B" in _SERVICES[name]["command"] for name in _OURS)
    assert "deploy" not in _SERVICES["beat"]


def test_what_must_survive_is_on_named_volumes() -> None:
    declared = set(yaml.safe_load(_COMPOSE)["volumes"])
    used = {
        volume.partition(":")[0]
        for service in _SERVICES.values()
        for volume in service.get("volumes", [])
    }
    assert used == declared == {"data", "postgres", "redis"}


def test_the_site_is_reachable_from_this_machine_only_unless_told_otherwise() -> None:
    published = {
        name: service["ports"] for name, service in _SERVICES.items() if "ports" in service
    }
    assert published == {"web": ["${LISTEN:-127.0.0.1:8000}:8000"]}


def test_no_secret_has_a_default() -> None:
    how = dict(_INTERPOLATED.findall(_COMPOSE))
    assert {name for name in how if "SECRET" in name or "PASSWORD" in name} == {
        "SECRET_KEY",
        "POSTGRES_PASSWORD",
    }
    assert how["SECRET_KEY"] == how["POSTGRES_PASSWORD"] == how["SITE_URL"] == ":?"
    example = (ROOT / ".env.example").read_text()
    assert re.findall(r"^(?:# )?\w*(?:SECRET|PASSWORD)\w*=(.+)$", example, re.MULTILINE) == []


def test_every_variable_of_the_compose_file_is_explained() -> None:
    used = {name for name, _ in _INTERPOLATED.findall(_COMPOSE)}
    assert used <= explained_variables()


def test_every_variable_the_settings_read_is_explained_and_no_other() -> None:
    texts = [path.read_text() for path in (ROOT / "config").glob("*.py")]
    read = {name for text in texts for name in _READ.findall(text)}
    assert len(read) > 10
    assert read == explained_variables() - _OF_COMPOSE


def test_the_image_has_the_locked_packages_and_no_root() -> None:
    assert "FROM python:3.13-slim" in _DOCKERFILE
    (packages,) = re.findall(r"^ARG PACKAGES=(\S+)$", _DOCKERFILE, re.MULTILINE)
    assert "==" in (ROOT / packages).read_text()
    assert '--require-hashes -r "${PACKAGES}"' in _DOCKERFILE
    assert _DOCKERFILE.rindex("USER icl-bench") > _DOCKERFILE.rindex("RUN ")


def test_the_image_gets_everything_it_copies() -> None:
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    lines = re.findall(r"^COPY (.+) \S+$", _DOCKERFILE, re.MULTILINE)
    copied = [name for line in lines for name in line.split()]
    assert sorted(copied) == sorted(allowed)
    assert all((ROOT / name).exists() for name in copied)


def test_every_static_file_refers_to_files_that_exist(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    manifest = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": manifest}}
    call_command("collectstatic", interactive=False, verbosity=0)
    assert (tmp_path / "staticfiles.json").is_file()

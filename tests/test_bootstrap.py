"""A bare Python finds or makes the project's environment, and says what is missing."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from config import bootstrap
from tests.environment import ROOT

_LOCKS = ("requirements.lock", "requirements-dev.lock")
_PIN = re.compile(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)


class Replaced(Exception):  # noqa: N818 - stands for a process that went on as another
    """The process would now be this command."""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with lock files and no environment, seen from a Python that is not inside one."""
    for name in _LOCKS:
        (tmp_path / name).write_text("django==0.0.1 \\\n    --hash=sha256:00\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv/bin/python")

    def replace(_: str, command: list[str]) -> None:
        raise Replaced(command[1:])

    monkeypatch.setattr(os, "execv", replace)
    return tmp_path


@pytest.fixture
def commands(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run; making an environment leaves this Python in it."""
    called: list[list[str]] = []

    def insist(command: list[str]) -> None:
        called.append(command)
        if "venv" in command:
            _make_environment(checkout)

    monkeypatch.setattr(bootstrap, "_insist", insist)
    return called


def _make_environment(checkout: Path) -> None:
    shutil.rmtree(checkout / ".venv", ignore_errors=True)
    python = checkout / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)


def _stamp(checkout: Path, lock: str) -> None:
    digest = hashlib.sha256((checkout / lock).read_bytes()).hexdigest()
    (checkout / f".venv/{lock}.sha256").write_text(digest)


def _ensure(*arguments: str, lock: str = "requirements.lock") -> None:
    bootstrap.ensure_environment(lock, needs="django", arguments=list(arguments))


def test_the_first_start_makes_an_environment_and_goes_on_in_it(
    checkout: Path, commands: list[list[str]]
) -> None:
    with pytest.raises(Replaced, match="demo"):
        _ensure("manage.py", "demo")
    assert [command[1:3] for command in commands] == [["-m", "venv"], ["-m", "pip"]]
    assert "--require-hashes" in commands[1]
    assert commands[1][-1] == str(checkout / "requirements.lock")


@pytest.mark.parametrize("stamped", ["requirements.lock", "requirements-dev.lock"])
def test_a_later_start_only_goes_on(
    checkout: Path, commands: list[list[str]], stamped: str
) -> None:
    _make_environment(checkout)
    _stamp(checkout, stamped)
    with pytest.raises(Replaced):
        _ensure("manage.py", "check")
    assert commands == []


def test_a_module_is_started_again_as_a_module(checkout: Path, commands: list[list[str]]) -> None:
    with pytest.raises(Replaced) as replaced:
        _ensure("-m", "tests", "--fast", lock="requirements-dev.lock")
    assert replaced.value.args == (["-m", "tests", "--fast"],)


def test_a_changed_lock_file_is_installed_again(checkout: Path, commands: list[list[str]]) -> None:
    _make_environment(checkout)
    _stamp(checkout, "requirements.lock")
    (checkout / "requirements.lock").write_text("django==0.0.2\n")
    with pytest.raises(Replaced):
        _ensure("manage.py", "check")
    assert [command[1:3] for command in commands] == [["-m", "pip"]]


def test_an_interrupted_installation_is_taken_up_again(
    checkout: Path, commands: list[list[str]]
) -> None:
    _make_environment(checkout)
    with pytest.raises(Replaced):
        _ensure("manage.py", "check")
    assert [command[1:3] for command in commands] == [["-m", "pip"]]


def test_an_environment_whose_python_is_gone_is_made_anew(
    checkout: Path, commands: list[list[str]]
) -> None:
    python = checkout / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to(checkout / "no-longer-there")
    _stamp(checkout, "requirements.lock")
    with pytest.raises(Replaced):
        _ensure("manage.py", "check")
    assert [command[1:3] for command in commands] == [["-m", "venv"], ["-m", "pip"]]
    assert "--clear" in commands[0]


def test_an_environment_of_one_s_own_with_the_locked_version_is_left_alone(
    checkout: Path, commands: list[list[str]]
) -> None:
    (checkout / "requirements.lock").write_text(f"django=={metadata.version('django')} \\\n")
    _ensure("manage.py", "check")
    assert commands == []


def test_a_failed_installation_ends_without_a_stamp(
    checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _make_environment(checkout)
    (checkout / "requirements.lock").write_text("django==6.1.3\n")  # pip insists on a hash
    with pytest.raises(SystemExit, match="This did not work, for the reason above"):
        _ensure("manage.py", "check")
    assert not (checkout / ".venv/requirements.lock.sha256").exists()


def test_a_python_that_is_too_old_is_named(
    checkout: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "NEWEST_TOO_OLD", sys.version_info[:2])
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SystemExit, match=r"Python 3\.13 is needed"):
        _ensure("manage.py", "check")
    assert commands == []


def test_the_lock_for_development_has_everything_that_runs() -> None:
    pins = [set(_PIN.findall((ROOT / name).read_text())) for name in _LOCKS]
    assert pins[0]
    assert pins[0] <= pins[1]


@pytest.mark.parametrize("arguments", [["manage.py", "help"], ["-m", "tests", "--help"]])
def test_both_commands_of_the_readme_start(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout.lower() or "Type" in done.stdout

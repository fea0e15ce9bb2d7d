"""What the tests stand on: real transactions with guards, an environment of their own."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from curation.models import Move, Problem, Specialty, Status, StatusChange, User
from tests.environment import without_settings
from tests.gate import main
from tests.servers import MissingServerError, running_servers


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_committed_test_starts_as_migrations_leave_it(committed_db: None, time: str) -> None:
    assert not User.objects.exists()
    assert set(Specialty.objects.values_list("slug", flat=True)) >= {"radiology", "other"}
    assert not connection.in_atomic_block
    author = User.objects.create(email=f"{time}@example.org", name="An author")
    problem = Problem.objects.create(author=author)
    change = StatusChange.objects.create(
        problem=problem,
        move=Move.SUBMIT,
        old=Status.DRAFT,
        new=Status.SUBMITTED,
        changed_by=author,
    )
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        StatusChange.objects.filter(pk=change.pk).delete()


@pytest.mark.django_db
def test_tests_have_a_data_folder_that_is_nobody_s() -> None:
    assert settings.ENVIRONMENT == "test"
    assert settings.DATA_DIR.is_dir()
    assert Path.cwd() not in settings.DATA_DIR.parents
    if settings.IS_SQLITE:
        assert Path(connection.settings_dict["NAME"]).parent == Path(os.environ["TEST_DATA_DIR"])


def test_a_person_s_own_settings_reach_no_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRED_APPROVALS", "1")
    monkeypatch.setenv("MODEL_KEY_OURS", "a-secret")
    monkeypatch.setenv("SOMETHING_ELSE", "kept")
    kept = without_settings()
    assert "REQUIRED_APPROVALS" not in kept
    assert "MODEL_KEY_OURS" not in kept
    assert kept["SOMETHING_ELSE"] == "kept"


def test_a_missing_server_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("postgres", "initdb"):
        program = tmp_path / name
        program.touch()
        program.chmod(0o755)
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(MissingServerError, match="redis-server was not found"), running_servers():
        pytest.fail("nothing should have started")


def test_the_gate_says_what_it_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    assert "lock" in capsys.readouterr().out

"""The exported tasks ask and judge as a run here does."""

import dataclasses
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from PIL import Image

from curation.domain.bundle import BundleDescription, write_bundle
from curation.domain.bundle.task_files import slug, task_files
from curation.domain.content import ProblemContent
from evaluation.domain.arms import AnswerForm, Shots
from evaluation.domain.parsing import parse_open
from evaluation.domain.prompting import ImagePart, TextPart, build_prompt
from evaluation.domain.protocol import Protocol
from evaluation.domain.scoring.contract import AnsweredQuery
from evaluation.domain.scoring.exact_match import exact_match

from .conftest import Studio, WriteBundle

COMPLETIONS = [
    "Color 2.",
    "  color 2 ",
    "No. 2",
    "Color 3",
    "",
    "...",
    "<think>Color 3</think>Color 2.",
    "It was open in the prompt.</think> Color 2.",
    "<think>never ended Color 2.",
    "<answer>Color 3</answer> or rather <answer>Color 2.</answer>",
    "<answer></answer>Color 2.",
    "<ANSWER>\nColor 2.\n</ANSWER>",
    "The answer is color 2",
]


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def content(studio: Studio) -> ProblemContent:
    return studio.problem(1).content


@pytest.fixture
def utils(studio: Studio, write: WriteBundle, folder: Path) -> Any:
    secret = dataclasses.replace(studio.problem(2), is_held_out=True, seal="ab" * 32)
    write([studio.problem(1), secret])
    return module(folder / "tasks/lmms_eval/utils.py")


@pytest.mark.parametrize(
    ("shots", "ask"), [(Shots.ALL, "messages_in_context"), (Shots.NONE, "messages_zero_shot")]
)
def test_a_task_asks_as_a_run_here_does(
    shots: Shots, ask: str, utils: Any, content: ProblemContent, folder: Path
) -> None:
    protocol = Protocol(shots=shots, answer_form=AnswerForm.OPEN, seed=0)
    messages = getattr(utils, ask)({"problem_id": "problem-1"})

    expected = build_prompt(content, protocol).turns
    assert [message["role"] for message in messages] == [turn.role.value for turn in expected]
    for message, turn in zip(messages, expected, strict=True):
        assert len(message["content"]) == len(turn.parts)
        for said, part in zip(message["content"], turn.parts, strict=True):
            if isinstance(part, TextPart):
                assert said == {"type": "text", "text": part.text}
            if isinstance(part, ImagePart):
                with Image.open(folder / f"images/{part.sha256}.png") as stored:
                    assert said["url"].tobytes() == stored.convert("RGB").tobytes()
    assert protocol.max_tokens == utils.MAX_TOKENS


@pytest.mark.parametrize("completion", COMPLETIONS)
def test_a_task_judges_as_a_run_here_does(
    completion: str, utils: Any, content: ProblemContent
) -> None:
    query = content.query
    answered = AnsweredQuery(
        parsed=parse_open(completion),
        answer=query.answer,
        accepted_variants=query.accepted_variants,
    )

    judged = utils.judge({"problem_id": "problem-1"}, [completion])
    assert judged == {"exact_match": exact_match(answered).value}


def test_what_is_held_out_is_not_asked(utils: Any) -> None:
    class Rows(list[str]):
        def __getitem__(self, name: Any) -> Any:
            return {"problem_id": ["problem-1"] * 3 + ["problem-2"] * 3}[name]

        def select(self, rows: list[int]) -> list[int]:
            return rows

    assert utils.answered_queries(Rows()) == [2]
    assert list(utils.read_problems(utils.FOLDER)) == ["problem-1"]


class _Loader(yaml.SafeLoader):
    """Takes the functions that lmms-eval reads for their names."""


_Loader.add_constructor("!function", lambda loader, node: f"function {node.value}")


def test_the_yaml_of_lmms_eval_names_what_is_there(
    utils: Any, folder: Path, description: BundleDescription
) -> None:
    for shots in ("in_context", "zero_shot"):
        text = (folder / f"tasks/lmms_eval/{shots}.yaml").read_text(encoding="utf-8")
        task = yaml.load(text, _Loader)  # noqa: S506 a loader that makes plain values only
        assert task["task"] == f"bench_of_colors_{shots}"
        assert (folder / task["dataset_path"]).is_dir()
        named = [value for value in task.values() if str(value).startswith("function utils.")]
        assert len(named) == 5
        assert all(callable(getattr(utils, name.removeprefix("function utils."))) for name in named)
        assert task["generation_kwargs"]["max_new_tokens"] == utils.MAX_TOKENS
        assert task["metadata"] == [{"version": description.version}]


@pytest.mark.parametrize("name", ['"""\nimport os\n"""', "\\", "a: b # c\n- d", "診断", "${slug}"])
def test_no_name_of_a_release_can_break_a_task(
    name: str, description: BundleDescription, studio: Studio, folder: Path
) -> None:
    files = task_files(dataclasses.replace(description, name=name, version="1"))

    for path, text in files.items():
        if path.endswith(".py"):
            names = compile(text, path, "exec").co_names
            assert "os" not in names
        else:
            assert yaml.load(text, _Loader)["dataset_path"] == "data"  # noqa: S506 plain values
    assert slug(dataclasses.replace(description, name=name)).isidentifier()
    named = dataclasses.replace(description, name=name)
    assert write_bundle(folder, named, [], studio.read)

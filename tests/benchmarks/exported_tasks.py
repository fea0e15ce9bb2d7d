"""The exported tasks, run by the programs they are for, give the count that our own run gives.

`python -m tests.benchmarks.exported_tasks FOLDER --inspect PYTHON --lmms-eval PYTHON`: a release's
folder, and the interpreters of environments that have `inspect-ai openai`, and `lmms-eval`. All
three ask the local server that answers as the example whose image is most alike.
"""

import argparse
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from curation.domain.answers import is_right_answer
from curation.domain.bundle.jsonl import item_from_line
from curation.domain.bundle.manifest import read_manifest
from curation.domain.bundle.task_files import slug
from evaluation.domain.arms import AnswerForm, Shots
from evaluation.domain.parsing import parse_open
from evaluation.domain.prompting import Part, TextPart, build_prompt
from evaluation.domain.protocol import Protocol
from evaluation.most_alike_server import MODEL
from tests.benchmarks.databases import say
from tests.evaluation.serving import most_alike_server

_SHOTS = {"in_context": Shots.ALL, "zero_shot": Shots.NONE}


def ours(folder: Path, address: str, shots: str) -> tuple[int, int]:
    """How many of how many our own prompts, parser and scorer find right."""
    protocol = Protocol(shots=_SHOTS[shots], answer_form=AnswerForm.OPEN, seed=0)
    lines = (folder / "problems.jsonl").read_text(encoding="utf-8").splitlines()
    items = [item for item in map(item_from_line, lines) if not item.is_held_out]
    right = 0
    for item in items:
        turns = build_prompt(item.content, protocol).turns
        messages = [
            {"role": turn.role.value, "content": [_part(folder, part) for part in turn.parts]}
            for turn in turns
        ]
        query = item.content.query
        given = parse_open(_asked(address, messages))
        right += is_right_answer(given, query.answer, query.accepted_variants)
    return right, len(items)


def _part(folder: Path, part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    (path,) = (folder / "images").glob(f"{part.sha256}.*")
    address = f"data:{part.media_type};base64,{base64.b64encode(path.read_bytes()).decode()}"
    return {"type": "image_url", "image_url": {"url": address}}


def _asked(address: str, messages: list[dict[str, Any]]) -> str:
    body = json.dumps({"model": MODEL, "messages": messages}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/chat/completions", body, headers)  # noqa: S310 our own server
    with urllib.request.urlopen(request) as reply:  # noqa: S310 our own server
        text: str = json.load(reply)["choices"][0]["message"]["content"]
    return text


def by_inspect(folder: Path, address: str, shots: str, python: str) -> float:
    """The accuracy that Inspect reports."""
    command = [python, "-m", "inspect_ai", "eval", f"tasks/inspect/task.py@{shots}"]
    model = f"openai-api/local/{MODEL}"
    said = _run([*command, "--model", model, "--display", "plain"], folder, address)
    return _found(r"accuracy\s+([\d.]+)", said)


def by_lmms_eval(folder: Path, address: str, shots: str, python: str) -> float:
    """The exact match that lmms-eval reports."""
    task = f"{slug(read_manifest(folder).description)}_{shots}"
    model = f"model={MODEL},base_url={address},api_key=none"
    command = [python, "-m", "lmms_eval", "--model", "openai", "--model_args", model]
    command += ["--include_path", "tasks/lmms_eval", "--tasks", task, "--batch_size", "1"]
    return _found(r"exact_match\s*\|[^|]*\|\s*([\d.]+)", _run(command, folder, address))


def _run(command: list[str], folder: Path, address: str) -> str:
    with tempfile.TemporaryDirectory() as place:
        own = {"HF_HOME": place, "HF_HUB_OFFLINE": "1", "INSPECT_LOG_DIR": place}
        asked = {"LOCAL_BASE_URL": address, "LOCAL_API_KEY": "none"}
        done = subprocess.run(
            command, cwd=folder, env=os.environ | own | asked, check=True, stdout=subprocess.PIPE
        )
    return done.stdout.decode()


def _found(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"No result in this:\n{text}")
    return float(found[1])


def _compare(folder: Path, pythons: dict[str, str | None]) -> bool:
    programs = {"inspect": by_inspect, "lmms_eval": by_lmms_eval}
    is_same = True
    with most_alike_server() as server:
        for shots in _SHOTS:
            right, count = ours(folder, server.base_url, shots)
            say(f"{shots}: our own run {right} of {count}")
            for name, python in pythons.items():
                if python is not None:
                    share = programs[name](folder, server.base_url, shots, python)
                    say(f"  {name}: {share} of {count}, which are {share * count:.1f}")
                    is_same &= round(share * count) == right
    return is_same


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--inspect")
    parser.add_argument("--lmms-eval")
    given = parser.parse_args()
    pythons = {"inspect": given.inspect, "lmms_eval": given.lmms_eval}
    sys.exit(not _compare(given.folder.resolve(), pythons))

"""The code that a release's page offers to copy: with its own addresses, to be run as it stands."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

# What the page calls the variable in which a program finds its token.
TOKEN_VARIABLE = "ICL_BENCH_TOKEN"  # noqa: S105 - a name, not a secret
_ROWS, _PARQUET = "data/", ".parquet"
_INSPECT, _LMMS_EVAL = "tasks/inspect/task.py", "tasks/lmms_eval/"

_CHECKING = (
    "import json; [print(f['sha256'], f['path'], sep='  ') "
    "for f in json.load(open('manifest.json'))['files']]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """Something to copy: its name on the page, what it is for, the code."""

    key: str
    title: str
    about: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a release is: addresses of its files and of its ZIP, and who may ask them."""

    files: str  # ends in a slash
    archive: str  # empty where there is none
    folder: str
    task: str  # how names of tasks begin
    is_public: bool


def snippets(place: Place, paths: Sequence[str]) -> list[Snippet]:
    """What can be run of a release with these files; the shortest way first."""
    rows = [path for path in paths if path.startswith(_ROWS) and path.endswith(_PARQUET)]
    found = [_over_https(place, rows)] if rows else []
    if not place.archive:
        return found
    found.append(_by_curl(place))
    if rows:
        found.append(_from_folder(place))
    found += [_inspect(path) for path in paths if path == _INSPECT]
    forms = [path for path in paths if path.startswith(_LMMS_EVAL) and path.endswith(".yaml")]
    return [*found, _lmms_eval(place, forms)] if forms else found


def _over_https(place: Place, rows: Sequence[str]) -> Snippet:
    addresses = [f'"{place.files}{path}"' for path in rows]
    listed = addresses[0]
    if len(addresses) > 1:
        listed = "[\n" + "".join(f"    {address},\n" for address in addresses) + "]"
    code = f'rows = load_dataset("parquet", data_files={{"test": {listed}}}, split="test"'
    head = "from datasets import load_dataset\n\n"
    if place.is_public:
        code = f"{head}{code})"
    else:
        head = f"import os\n\n{head}"
        key = f'"Authorization": "Bearer " + os.environ["{TOKEN_VARIABLE}"]'
        code = f'{head}{code},\n    storage_options={{"headers": {{{key}}}}})'
    return Snippet(
        key="datasets",
        title="In Python, with datasets",
        about="Downloads the rows once and keeps them; the pictures are in them.",
        code=code,
    )


def _by_curl(place: Place) -> Snippet:
    key = "" if place.is_public else f' -H "Authorization: Bearer ${TOKEN_VARIABLE}"'
    code = f"""\
        curl -f -L -C - -O{key} {place.archive}
        unzip -q {place.folder}.zip && cd {place.folder}
        python3 -c "{_CHECKING}" | sha256sum --check --quiet"""
    return Snippet(
        key="curl",
        title="Everything, with curl",
        about="Run the first line again if it was cut off: it goes on where it stopped. If it ends "
        "with error 416 (curl's exit status 22), the ZIP is complete already: go on with the "
        "second line. The last line says nothing if every file is as the manifest lists it.",
        code=textwrap.dedent(code),
    )


def _from_folder(place: Place) -> Snippet:
    code = f"""\
        from datasets import load_dataset

        rows = load_dataset("{place.folder}", split="test")"""
    return Snippet(
        key="folder",
        title="From the folder of the ZIP",
        about="Where the folder lies already, without any network.",
        code=textwrap.dedent(code),
    )


def _inspect(path: str) -> Snippet:
    code = f"""\
        pip install inspect-ai openai
        export LOCAL_BASE_URL=http://localhost:8000/v1 LOCAL_API_KEY=none
        inspect eval {path}@in_context --model openai-api/local/NAME
        inspect eval {path}@zero_shot --model openai-api/local/NAME"""
    return Snippet(
        key="inspect",
        title="Measure a model with Inspect",
        about="In the folder of the ZIP; any server that speaks the OpenAI chat API, by its "
        "address and its model's NAME.",
        code=textwrap.dedent(code),
    )


def _lmms_eval(place: Place, paths: Sequence[str]) -> Snippet:
    forms = [path.rpartition("/")[2].removesuffix(".yaml") for path in paths]
    tasks = ",".join(f"{place.task}_{form}" for form in forms)
    code = f"""\
        pip install lmms-eval
        python -m lmms_eval --model openai \\
            --model_args model=NAME,base_url=http://localhost:8000/v1,api_key=none \\
            --include_path {_LMMS_EVAL.rstrip("/")} --tasks {tasks} --batch_size 1"""
    return Snippet(
        key="lmms-eval",
        title="Measure a model with lmms-eval",
        about="In the folder of the ZIP; the same servers.",
        code=textwrap.dedent(code),
    )

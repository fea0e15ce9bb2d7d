"""Rules about the code itself: sizes, one place for each thing, no silencing without a reason."""

import ast
import hashlib
import re
import statistics
import tokenize
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.template.loader import get_template

from curation.migrations._triggers import SetGuards
from tests.environment import ROOT

_APPLICATION = ("config", "curation", "evaluation")
_MOST_LINES_OF_A_FILE = 300
_MOST_LINES_OF_A_FUNCTION = 50
_P90_LINES_OF_A_FUNCTION = 25
_MEDIAN_LINES_OF_A_FUNCTION = 8
# A status changes where it is compared, written and recorded: that of problems, of releases, of
# runs, of predictions and of trials, each in one module.
_SETS_A_STATUS = {
    "curation/workflow.py",
    "curation/exporting.py",
    "curation/releases.py",
    "curation/importing.py",
    "curation/pushing.py",
    "evaluation/runs.py",
    "evaluation/importing.py",
    "evaluation/checking.py",
    "evaluation/judging.py",
    "evaluation/leasing.py",
    "evaluation/trials.py",
}
_SILENCED = re.compile(r"#\s*(noqa|type:\s*ignore|pragma)")
_SILENCED_WITH_REASON = re.compile(
    r"#\s*(?:noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*|type:\s*ignore\[[a-z-]+(?:, ?[a-z-]+)*\]) +\W*\w"
)
_ELSEWHERE = re.compile(
    r"(?:files\.pythonhosted|pypi|npmjs|//registry\.|index[-]url|artifactory|jsdelivr|unpkg)"
    r"|(?<![\w.])/(?:home|root|work|Users)/\w"
)
_TEMPLATE_NAMES = re.compile(r"""\{%\s*(?:extends|include)\s+["']([^"'#]+)""")
_NAMES_IN_CODE = re.compile(r"""["']((?:curation|evaluation|account|components)/[\w/.-]+\.\w+)""")
_INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)
_STYLESHEETS = ROOT / "static/css"
_NOT_RULES = re.compile(r'/\*.*?\*/|"[^"\n]*"', re.DOTALL)
_VENDORED = re.compile(r"^\| `([^`]+)` \|.*?\| `([0-9a-f]{64})` \|", re.MULTILINE)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def _python_files() -> tuple[Path, ...]:
    files = [path for folder in (*_APPLICATION, "tests") for path in (ROOT / folder).rglob("*.py")]
    return (ROOT / "manage.py", *sorted(files))


def _application_files() -> list[Path]:
    """The application's own files, without what `makemigrations` writes."""
    return [
        path
        for path in _python_files()
        if path.relative_to(ROOT).parts[0] in _APPLICATION and not re.match(r"\d{4}_", path.name)
    ]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, Function):
            yield node


def _body_lines(function: Function) -> int:
    """Lines of the body, the docstring not counted."""
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    if not body:
        return 0
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1


def _lengths() -> dict[str, int]:
    return {
        f"{_relative(path)}:{function.lineno} {function.name}": _body_lines(function)
        for path in _application_files()
        for function in _functions(path)
    }


def test_no_function_is_long() -> None:
    assert {name: n for name, n in _lengths().items() if n > _MOST_LINES_OF_A_FUNCTION} == {}


def test_most_functions_are_short() -> None:
    lengths = list(_lengths().values())
    assert statistics.median(lengths) <= _MEDIAN_LINES_OF_A_FUNCTION
    assert statistics.quantiles(lengths, n=10)[-1] <= _P90_LINES_OF_A_FUNCTION


def test_no_file_is_long() -> None:
    lengths = {_relative(path): len(path.read_text().splitlines()) for path in _application_files()}
    assert {name: n for name, n in lengths.items() if n > _MOST_LINES_OF_A_FILE} == {}


def test_an_import_inside_a_function_says_why() -> None:
    found = []
    for path in _application_files():
        lines = path.read_text().splitlines()
        for function in _functions(path):
            imports = (n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom))
            found += [
                f"{_relative(path)}:{node.lineno}"
                for node in imports
                if "#" not in lines[node.lineno - 1] + lines[node.lineno - 2]
            ]
    assert found == []


def test_a_status_changes_in_one_place() -> None:
    setters = {
        f"{_relative(path)} {function.name}"
        for path in _application_files()
        for function in _functions(path)
        if any(_sets_status(node) for node in ast.walk(function))
    }
    assert "curation/workflow.py _swap" in setters
    assert {setter.split()[0] for setter in setters} <= _SETS_A_STATUS
    assert [setter for setter in setters if "workflow" in setter] == ["curation/workflow.py _swap"]


def _sets_status(node: ast.AST) -> bool:
    """Whether it is `x.status = ...` or `rows.update(status=...)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        named = {keyword.arg for keyword in node.keywords}
        return node.func.attr in {"update", "aupdate"} and "status" in named
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    return any(isinstance(each, ast.Attribute) and each.attr == "status" for each in targets)


def test_nothing_is_silenced_without_a_code_and_a_reason() -> None:
    found = []
    for path in _python_files():
        with path.open("rb") as file:
            comments = [t for t in tokenize.tokenize(file.readline) if t.type == tokenize.COMMENT]
        found += [
            f"{_relative(path)}:{comment.start[0]} {comment.string}"
            for comment in comments
            if _SILENCED.match(comment.string) and not _SILENCED_WITH_REASON.match(comment.string)
        ]
    assert found == []


def _text_files() -> Iterator[Path]:
    yield from _python_files()
    for pattern in ("*.toml", "*.lock", "*.md", "*.yml", ".env.example", ".dockerignore", ".ci/*"):
        yield from ROOT.glob(pattern)
    for folder in ("config/docker", "templates", "static/css", "static/js"):
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file())


def test_nothing_names_a_package_registry_or_a_machine_s_folders() -> None:
    found = [
        f"{_relative(path)}:{number} {line.strip()[:80]}"
        for path in _text_files()
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if _ELSEWHERE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("name", sorted(path.name for path in _STYLESHEETS.glob("*.css")))
def test_a_stylesheet_closes_what_it_opens(name: str) -> None:
    # Browsers say nothing: what follows an open block counts only where the block does.
    depth = 0
    for line in _NOT_RULES.sub("", (_STYLESHEETS / name).read_text()).splitlines():
        assert depth == 0 or line.startswith((" ", "}")) or not line, f"open before {line[:80]}"
        depth += line.count("{") - line.count("}")
    assert depth == 0


def test_vendored_files_are_the_ones_that_were_checked() -> None:
    vendor = ROOT / "static/vendor"
    stated = dict(_VENDORED.findall((vendor / "VENDORED.md").read_text()))
    files = [path for path in vendor.rglob("*") if path.is_file() and path.name != "VENDORED.md"]
    actual = {
        str(path.relative_to(vendor)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if not path.name.startswith("LICENSE")
    }
    assert actual == stated


def _guards() -> Iterator[str]:
    """The names of all guards that migrations set."""
    for app in apps.get_app_configs():
        for path in sorted(Path(app.path, "migrations").glob("[0-9]*.py")):
            module = import_module(f"{app.name}.migrations.{path.stem}")
            operations = module.Migration.operations
            if any(isinstance(operation, SetGuards) for operation in operations):
                yield from (g.name for g in module.GUARDS if g.create(connection.vendor))


def _triggers() -> set[str]:
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db
def test_every_guard_is_in_the_database() -> None:
    # On SQLite a migration that remakes a table drops its triggers without a word.
    guards = set(_guards())
    assert len(guards) > 10
    assert guards == _triggers()


def test_every_template_named_in_code_or_templates_exists() -> None:
    named = {name for path in _templates() for name in _TEMPLATE_NAMES.findall(path.read_text())}
    named |= {
        name
        for path in _application_files()
        for name in _NAMES_IN_CODE.findall(path.read_text())
        if name.endswith((".html", ".txt"))
    }
    assert len(named) > 5
    for name in sorted(named):
        get_template(name)


def _templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def test_no_page_has_inline_script_or_style() -> None:
    found = [
        f"{_relative(path)}:{number} {line.strip()[:80]}"
        for path in _templates()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if _INLINE.search(line)
    ]
    assert found == []

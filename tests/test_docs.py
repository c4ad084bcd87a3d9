"""What docs and docstrings name exists: documents, sections, modules, tests, commands, and the lines to be typed."""

import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_command

from backend.cli.main import app

ROOT = Path(__file__).parents[1]

DOCUMENTS = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
)

SOURCES = sorted(
    file
    for folder in ("backend", "tests", "bench", "tools")
    for file in (ROOT / folder).rglob("*.py")
    if "page" not in file.relative_to(ROOT).parts
)

TOY = "region"
"""The type of the walk in CONTRIBUTING, of which nothing exists."""

PATH = r"(?:backend|frontend|tests|bench|docs|tools|requirements|\.ci|\.github)/[\w./-]*\w"

RUN = {
    ".venv/bin/ruff check .",
    ".venv/bin/emp schema --check",
}
"""Lines of CONTRIBUTING that change nothing and take seconds: they are run as they stand."""


def name_of(file: Path) -> str:
    """A file as the repository names it."""
    return file.relative_to(ROOT).as_posix()


@cache
def text_of(document: Path) -> str:
    """What a document says."""
    return document.read_text(encoding="utf-8")


def code_in(document: Path) -> list[str]:
    """What stands in a document as code: between back-ticks, fenced, or indented by four blanks or more."""
    text = text_of(document)
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    indented = re.findall(r"^ {4,}(\S.*)$", rest, re.MULTILINE)
    return [*(line for block in fenced for line in block.splitlines()), *indented, *re.findall(r"`([^`\n]+)`", rest)]


def headings_of(document: Path) -> set[str]:
    """The sections of a document, without their numbers."""
    return {re.sub(r"^\d+\. ", "", found) for found in re.findall(r"^#+ (.+)$", text_of(document), re.MULTILINE)}


def section(document: str, heading: str) -> str:
    """The text of one section."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text_of(ROOT / document), re.DOTALL | re.MULTILINE)
    assert found, f"{document} has no section {heading}"
    return found[1]


def rows_of(table: str) -> Iterator[list[str]]:
    """The cells of each row of the tables of a text, without their heads."""
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("|") and "`" in line and not set(line) <= set("|-"):
            yield cells


def marked(cell: str) -> list[str]:
    """What stands between back-ticks."""
    return re.findall(r"`([^`]+)`", cell)


@cache
def docstrings_of(file: Path) -> list[str]:
    """Every docstring of a module, also those of its constants."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]


@cache
def definitions_in(file: Path) -> set[str]:
    """Functions and methods, these also as ``Class.method``, of a module of Python; what one of TypeScript defines."""
    text = file.read_text(encoding="utf-8")
    if file.suffix in {".ts", ".tsx"}:
        return set(re.findall(r"^(?:export )?(?:async )?(?:function|const|class) (\w+)", text, re.MULTILINE))
    tree = ast.parse(text)
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    found = {node.name for node in ast.walk(tree) if isinstance(node, functions)}
    for kind in tree.body:
        if isinstance(kind, ast.ClassDef):
            found |= {f"{kind.name}.{node.name}" for node in kind.body if isinstance(node, functions)}
    return found


@cache
def targets() -> set[str]:
    """What ``make`` makes."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE)) | set(
        re.findall(r"[a-z][a-z-]*", re.search(r"\.PHONY: ((?:.*\\\n)*.*)", makefile)[1])  # type: ignore[index]
    )


def unknown_command(words: list[str]) -> str | None:
    """The first word of ``emp …`` that is no command; what follows a command are its arguments."""
    command = get_command(app)
    for word in words:
        commands = getattr(command, "commands", None)
        if commands is None:
            return None
        if word not in commands:
            return word
        command = commands[word]
    return None


def missing_path(named: str) -> bool:
    """Whether nothing of the repository has this path, or the test that stands behind it."""
    path, _, function = named.partition("::")
    if TOY in Path(path).stem:
        return False
    file = ROOT / path
    if not function:
        return not file.exists()
    return not file.is_file() or function not in definitions_in(file)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_what_a_document_links_to_exists(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text_of(document))
    local = {link for link in links if "://" not in link}

    assert [link for link in sorted(local) if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_the_files_and_tests_that_a_document_names_exist(document: Path) -> None:
    named = {found for code in code_in(document) for found in re.findall(rf"(?<![\w./-]){PATH}(?:::\w+)?", code)}

    assert [path for path in sorted(named) if missing_path(path)] == []


EMP = re.compile(r"(?:^|[\s/])emp ([a-z](?:[a-z-]+ ?)+)")
"""A command, and what follows it; options of ``emp`` itself are none."""


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_the_commands_that_a_document_names_exist(document: Path) -> None:
    makes = {found for code in code_in(document) for found in re.findall(r"^make ([a-z][a-z-]*)", code)}
    emps = {line.strip() for code in code_in(document) for line in EMP.findall(code)}

    assert sorted(makes - targets()) == []
    assert [line for line in sorted(emps) if unknown_command(line.split())] == []


@pytest.mark.parametrize("file", [file for file in SOURCES if ".md" in file.read_text()], ids=name_of)
def test_the_documents_and_sections_that_a_docstring_names_exist(file: Path) -> None:
    wrong = list[str]()
    for docstring in docstrings_of(file):
        text = " ".join(docstring.split())
        for name in re.findall(r"[\w./-]+\.md\b", text):
            if not (ROOT / name).is_file():
                wrong.append(name)
        for name, heading in re.findall(r"\((docs/[\w/-]+\.md), ([^)]+)\)", text):
            if (ROOT / name).is_file() and heading not in headings_of(ROOT / name):
                wrong.append(f"{name}, {heading}")

    assert wrong == []


@pytest.mark.parametrize("folder", ["backend", "tests", "bench", "tools"])
def test_the_modules_that_a_docstring_names_exist(folder: str) -> None:
    wrong = list[str]()
    for file in SOURCES:
        if not file.is_relative_to(ROOT / folder):
            continue
        for docstring in docstrings_of(file):
            for name in re.findall(r"(?<![\w./-])[\w/]+\.py\b", docstring):
                places = (file.parent, ROOT, ROOT / "backend", ROOT / "backend" / "api", ROOT / "tests" / "api")
                if not any((place / name).is_file() for place in places):
                    wrong.append(f"{name_of(file)}: {name}")

    assert wrong == []


def test_each_step_of_the_request_that_is_followed_exists() -> None:
    steps = list(rows_of(section("docs/architecture.md", "One request, from the page to the mail")))
    wrong = [
        f"{module}: {function}"
        for _, module, functions, _ in steps
        for function in marked(functions)
        if function not in definitions_in(ROOT / module.strip("`"))
    ]

    assert [step for step, *_ in steps] == [str(number) for number in range(1, len(steps) + 1)]
    assert len(steps) > 20
    assert wrong == []


def test_each_room_stands_in_the_architecture() -> None:
    named = set(marked(section("docs/architecture.md", "Rooms")))
    rooms = {
        name_of(folder.parent) for base in ("backend", "backend/api") for folder in (ROOT / base).glob("*/__init__.py")
    }

    assert sorted(rooms - named) == []


def test_each_private_attribute_of_a_library_is_listed_with_the_test_that_watches_it() -> None:
    listed = set[tuple[str, str]]()
    unwatched = list[str]()
    for attributes, _, files, _, watched in rows_of(
        section("docs/architecture.md", "Private attributes of libraries").split("Three classes")[0]
    ):
        listed |= {(file, attribute) for file in marked(files) for attribute in marked(attributes)}
        unwatched += [test for test in marked(watched) if missing_path(test)]

    used = {(name_of(file), name) for file in SOURCES if "backend" in file.parts for name in private_uses(file)}
    # A row may have several files and attributes, of which not each file uses each.
    assert sorted(used - listed) == []
    assert sorted({pair[0] for pair in listed} - {pair[0] for pair in used}) == []
    assert sorted({pair[1] for pair in listed} - {pair[1] for pair in used}) == []
    assert unwatched == []


def is_private(name: str) -> bool:
    """Whether a name says that it is for its library alone."""
    return name.startswith("_") and not name.startswith("__") and not name.endswith("_") and name != "_replace"


def private_uses(file: Path) -> set[str]:
    """Private names in a module that the module does not define itself, and those of a library that it overrides."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            defined.add(node.attr if isinstance(node, ast.Attribute) else node.id)
    used = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            is_own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            if not (is_own and node.attr in defined):
                used.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg and is_private(node.arg):
            used.add(node.arg)
        elif isinstance(node, ast.ImportFrom) and node.module:
            used |= {part for part in node.module.split(".") if is_private(part)}
    return used | overridden_in(file, tree)


def overridden_in(file: Path, tree: ast.Module) -> set[str]:
    """Private methods of a library's class that a class of the module takes the place of."""
    found = set[str]()
    for node in tree.body:
        names = [part.name for part in getattr(node, "body", ()) if hasattr(part, "name") and is_private(part.name)]
        if not isinstance(node, ast.ClassDef) or not node.bases or not names:
            continue
        kind = getattr(import_module(".".join(file.relative_to(ROOT).with_suffix("").parts)), node.name)
        for base in kind.__mro__[1:]:
            if not base.__module__.startswith("backend"):
                found |= {name for name in names if name in vars(base)}
    return found


def test_each_decision_says_what_was_decided_why_and_with_which_figures() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    assert [file.name[:4] for file in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for decision in decisions:
        assert {"Context", "Decision", "Consequences", "Figures"} <= headings_of(decision), decision.name


def entry_point() -> str:
    """The module behind the command ``emp``."""
    found = re.search(r'^emp = "([\w.]+):app"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found
    return found[1]


def lines_to_type() -> list[str]:
    """Every shell line of CONTRIBUTING: what is fenced is code, which a test of its own follows."""
    unfenced = re.sub(r"^```\w*\n.*?^```", "", text_of(ROOT / "CONTRIBUTING.md"), flags=re.DOTALL | re.MULTILINE)
    return sorted(set(re.findall(r"^ {4,}(\S.*)$", unfenced, re.MULTILINE)))


@pytest.mark.parametrize("line", lines_to_type())
def test_a_line_of_contributing_works(line: str) -> None:
    program, *arguments = shlex.split(line)
    if program == "make":
        assert set(arguments) <= targets()
        return
    place, _, name = program.rpartition("/")
    assert place == ".venv/bin"
    # The command of this checkout, whichever one is installed.
    command = [sys.executable, "-m", entry_point()] if name == "emp" else [str(Path(sys.executable).parent / name)]
    command += arguments
    if "pytest" in arguments:
        command += ["--collect-only", "-n", "0"]
    elif line not in RUN:
        # It changes files or takes long: its options are understood.
        command.append("--help")
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_calls_the_checks_and_fetches_nothing_but_the_checkout() -> None:
    workflow = ROOT / ".github" / "workflows" / "ci.yml"
    valid = subprocess.run(
        [Path(sys.executable).parent / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow],
        capture_output=True,
        text=True,
        check=False,
    )

    assert valid.returncode == 0, valid.stdout
    assert "run: bash .ci/run\n" in workflow.read_text()
    assert [used for used in re.findall(r"uses: (\S+)", workflow.read_text()) if "actions/checkout@" not in used] == []


def test_the_hooks_run_programs_of_the_checkout() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    programs = re.findall(r"entry: (\S+)", hooks)

    assert re.findall(r"repo: (\S+)", hooks) == ["local"]
    assert programs
    assert [
        name for name in programs if not (Path(sys.executable).parent / name.removeprefix(".venv/bin/")).is_file()
    ] == []

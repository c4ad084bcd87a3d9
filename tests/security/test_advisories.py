"""What ``make audit`` makes of the answers of pip-audit and npm."""

from typing import Any

import pytest

from tests.security import advisories

PYTHON: dict[str, Any] = {
    "dependencies": [
        {"name": "starlette", "version": "1.0.0", "vulns": []},
        {"name": "anyio", "version": "4.0.0", "vulns": []},
        {"name": "uvicorn", "skip_reason": "Dependency not found on PyPI and could not be audited"},
    ]
}
FAULTY = {"dependencies": [{"name": "starlette", "version": "0.1.0", "vulns": [{"id": "GHSA-1"}, {"id": "GHSA-2"}]}]}


def test_of_how_many_could_be_asked_is_told() -> None:
    line, faults = advisories.report(PYTHON, {"vulnerabilities": {}})

    assert line == "2 of 3 libraries asked, the page's packages asked"
    assert faults == []


def test_a_known_fault_is_told_and_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answers = iter([FAULTY, {"vulnerabilities": {"preact": {"severity": "high"}}}])
    monkeypatch.setattr(advisories, "_answer", lambda *asked: next(answers))

    assert advisories.main() == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "starlette 0.1.0: GHSA-1",
        "starlette 0.1.0: GHSA-2",
        "preact: high",
    ]


def test_without_a_network_nothing_is_asked_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([{}, {"message": "405 Method Not Allowed"}])
    monkeypatch.setattr(advisories, "_answer", lambda *asked: next(answers))

    assert advisories.main() == 0
    said = capsys.readouterr().out
    assert said.startswith("0 of ")
    assert said.endswith(" libraries asked, the page's packages could not be asked about\n")


def test_a_program_that_answers_nothing_that_can_be_read_has_asked_nobody() -> None:
    assert advisories._answer(["/bin/false"], advisories.ROOT) == {}
    assert advisories._answer(["/nowhere/at/all"], advisories.ROOT) == {}

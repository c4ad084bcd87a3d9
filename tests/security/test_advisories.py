"""The report of ``make audit`` from the outputs of pip-audit and npm."""

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


def test_the_report_counts_libraries_that_could_be_audited() -> None:
    line, faults = advisories.report(PYTHON, {"vulnerabilities": {}})

    assert line == "2 of 3 libraries asked, the page's packages asked"
    assert faults == []


def test_a_known_advisory_is_reported_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([FAULTY, {"vulnerabilities": {"preact": {"severity": "high"}}}])
    monkeypatch.setattr(advisories, "_json_output", lambda *arguments: next(answers))

    assert advisories.main() == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "starlette 0.1.0: GHSA-1",
        "starlette 0.1.0: GHSA-2",
        "preact: high",
    ]


def test_without_a_network_no_library_is_audited_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([{}, {"message": "405 Method Not Allowed"}])
    monkeypatch.setattr(advisories, "_json_output", lambda *arguments: next(answers))

    assert advisories.main() == 0
    said = capsys.readouterr().out
    assert said.startswith("0 of ")
    assert said.endswith(" libraries asked, the page's packages could not be asked about\n")


def test_unreadable_output_of_an_audit_program_counts_as_no_answer() -> None:
    assert advisories._json_output(["/bin/false"], advisories.ROOT) == {}
    assert advisories._json_output(["/nowhere/at/all"], advisories.ROOT) == {}

"""What is done in one place of the code only: a second way is found here by name."""

import re
from pathlib import Path

BACKEND = Path(__file__).parents[1] / "backend"
DOMAIN = ("identity", "accounts", "requests", "mail", "storage")


def test_tokens_are_made_and_digested_in_one_module() -> None:
    assert _modules_saying(r"\btoken_urlsafe\b|def _digest\(token", "identity") == {"identity/tokens.py"}
    assert _modules_saying(r"\bhashlib\b", "identity") == {"identity/tokens.py"}


def test_acts_on_a_user_are_recorded_by_one_function() -> None:
    assert _modules_saying(r"\brecord\([^)]*subject=\w+\.email", *DOMAIN) == {"identity/audit.py"}


def test_no_room_of_the_domain_imports_for_the_type_checker_alone() -> None:
    assert _modules_saying(r"\bTYPE_CHECKING\b", *DOMAIN) == set()


def test_what_a_user_sees_of_organisations_is_decided_in_one_module() -> None:
    compared = r"(?<!assert )(by|user|viewer)\.organisation_id (is|not in|in|==|!=)|\borganisation_id = \?"
    assert _modules_saying(compared, *DOMAIN) <= {"identity/scope.py"}
    assert _modules_saying(r"def visible_to\(", *DOMAIN) == set()


def test_people_are_locked_by_one_module_and_sessions_by_one() -> None:
    assert _modules_saying(r"\bUser\.filter\([^\n]*select_for_update", *DOMAIN) == {"identity/locking.py"}
    assert _modules_saying(r"\bSession\.filter\([^\n]*select_for_update", *DOMAIN) == {"identity/sessions.py"}
    assert (BACKEND / "identity" / "sessions.py").read_text(encoding="utf-8").count("select_for_update") == 1


def test_what_returns_no_rows_is_executed_and_not_fetched() -> None:
    assert _modules_saying(r"\n *await fetch\(", "identity", "accounts", "requests", "storage") == set()


def test_what_postgresql_undid_is_retried_by_one_function() -> None:
    assert _modules_saying(r"except [^\n]*(UNDONE|DeadlockDetected|SerializationError)", *DOMAIN) == {
        "storage/retry.py"
    }


def _modules_saying(pattern: str, *rooms: str) -> set[str]:
    modules = (module for room in rooms for module in (BACKEND / room).rglob("*.py"))
    return {
        module.relative_to(BACKEND).as_posix()
        for module in modules
        if re.search(pattern, module.read_text(encoding="utf-8"), re.DOTALL)
    }

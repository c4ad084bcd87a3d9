"""Remove one tenant filter or one permission rule at a time from a copy of the code: a test must fail for each.

Run by ``make security``; prints each mutant that survives, and how many of all were killed.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

COPIED_PATHS = ("backend", "tests", "docs", "schema.graphql", "pyproject.toml")

AUTHORIZATION_TESTS = "tests/security/test_authorization.py"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change that grants too much, and the tests that must fail with it."""

    file: str
    before: str
    after: str
    tests: tuple[str, ...] = (AUTHORIZATION_TESTS,)


MUTANTS = (
    Mutant("identity/scope.py", "model.all() if self.organisation_id is None else", "model.all() if True else"),
    Mutant("identity/scope.py", "self.organisation_id in {None, organisation_id}", "True"),
    Mutant("identity/scope.py", "if self.organisation_id is None:", "if True:"),
    Mutant(
        "accounts/lists.py",
        'where.add(*self._scope.sql("a.organisation_id"))',
        "pass",
        (AUTHORIZATION_TESTS, "tests/accounts/test_lists.py", "tests/accounts/test_csv.py"),
    ),
    Mutant(
        "accounts/lists.py",
        'where.filled(*self._scope.sql("a.organisation_id"))',
        '"true"',
        (AUTHORIZATION_TESTS, "tests/accounts/test_lists.py"),
    ),
    Mutant(
        "requests/lists.py",
        'where.add(*self._scope.sql("r.organisation_id"))',
        "pass",
        (AUTHORIZATION_TESTS, "tests/requests/test_lists.py"),
    ),
    Mutant("accounts/clients.py", 'where.add(*Scope.of(viewer).sql("a.organisation_id"))', "pass"),
    Mutant(
        "requests/target.py",
        "WHERE id = $1 AND organisation_id = $2 {lock}",
        "WHERE id = $1 AND $2::bigint IS NOT NULL {lock}",
    ),
    Mutant("requests/locking.py", "not Scope.of(by).includes(request.organisation_id)", "False"),
    Mutant(
        "api/core/dataloaders.py",
        "Scope.of(self._viewer).includes(organisation_id)",
        "True",
        ("tests/api/test_dataloaders.py",),
    ),
    Mutant(
        "events.py", "'*' if organisation_id is None else organisation_id", "'*'", ("tests/api/test_live_updates.py",)
    ),
    Mutant("api/core/authorization.py", "require(context.viewer, self.permission)", "_ = context.viewer"),
    Mutant("api/core/authorization.py", "_ = context.viewer\n", "pass\n"),
    Mutant(
        "identity/roles.py",
        "Role.MEMBER: frozenset({Permission.SEE_HOME})",
        "Role.MEMBER: frozenset({Permission.SEE_HOME, Permission.SEE_SECTION})",
    ),
    Mutant(
        "identity/roles.py",
        "{Permission.SEE_SECTION, Permission.DECIDE_REQUESTS,",
        "{Permission.SEE_SECTION, Permission.FILE_REQUESTS, Permission.DECIDE_REQUESTS,",
    ),
    Mutant(
        "identity/audit.py",
        'where.add(*Scope.of(self.viewer).sql("e.organisation_id"))',
        "pass",
        ("tests/identity/test_audit_log.py",),
    ),
    Mutant(
        "identity/devices.py",
        "Session.filter(id=session_id, user_id=by.id)",
        "Session.filter(id=session_id)",
        ("tests/identity/test_devices.py",),
    ),
    Mutant(
        "identity/sessions.py",
        "AND t.ends_at > $3 AND p.is_active",
        "AND t.ends_at > $3",
        ("tests/identity/test_signing_in.py",),
    ),
    Mutant(
        "mail/ledger.sql",
        "p.organisation_id = judged.organisation_id AND",
        "p.organisation_id IS NOT NULL AND",
        ("tests/mail/test_reminders.py",),
    ),
    Mutant(
        "requests/lifecycle.py",
        "if request.requested_by_id == by.id:",
        "if False:",
        ("tests/requests/test_rejecting_and_withdrawing.py",),
    ),
    Mutant(
        "requests/lifecycle.py",
        "if current.version != preview_version:",
        "if False:",
        ("tests/requests/test_approving.py",),
    ),
    Mutant(
        "identity/deactivation.py",
        "ORDER BY id FOR NO KEY UPDATE",
        "ORDER BY id",
        ("tests/identity/test_deactivation.py",),
    ),
    Mutant("identity/people.py", "await notify(Act.PASSWORD_SET, user)", "pass", ("tests/mail/test_credentials.py",)),
    Mutant(
        "identity/sessions.py",
        "await notify(Act.REFRESH_TOKEN_REUSED, user, device=session.device)",
        "pass",
        ("tests/mail/test_credentials.py",),
    ),
    Mutant("identity/audit.py", "subject, _address.get(), ", "subject, None, ", ("tests/identity/test_audit_log.py",)),
    Mutant("requests/quotas.py", "timedelta(hours=1)", "timedelta(minutes=55)", ("tests/requests/test_quotas.py",)),
    Mutant(
        "storage/fair_semaphore.py",
        "waiter = waiters.popleft()",
        "waiter = waiters.pop()",
        ("tests/storage/test_pool.py",),
    ),
    Mutant("storage/pool.py", "share=(max_size + 1) // 2", "share=max_size", ("tests/storage/test_pool.py",)),
)


def main() -> None:
    """Apply each mutant, run its tests, and print the survivors. Exits with 1 when one survives."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        for name in COPIED_PATHS:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
        survivors = [mutant for mutant in MUTANTS if _has_survived(mutant, copy)]
    for mutant in survivors:
        print(f"survived: {mutant.file}: {mutant.before}  ->  {mutant.after}")
    print(f"mutants of filters and rules killed  {len(MUTANTS) - len(survivors)} of {len(MUTANTS)}")
    sys.exit(bool(survivors))


def is_applicable(mutant: Mutant) -> bool:
    """Whether the text that the mutant changes occurs once in its file."""
    return (ROOT / "backend" / mutant.file).read_text(encoding="utf-8").count(mutant.before) == 1


def _has_survived(mutant: Mutant, copy: Path) -> bool:
    changed = copy / "backend" / mutant.file
    text = changed.read_text(encoding="utf-8")
    assert is_applicable(mutant), f"{mutant.file} no longer says {mutant.before!r} once"
    changed.write_text(text.replace(mutant.before, mutant.after), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", *mutant.tests],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    changed.write_text(text, encoding="utf-8")
    assert done.returncode in (0, 1), done.stdout[-2000:] + done.stderr[-2000:]
    return done.returncode == 0


if __name__ == "__main__":
    main()

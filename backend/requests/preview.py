"""Previews: what a change would do to an account as it is now, computed by the code that applies it."""

import copy
import hashlib
import json
from dataclasses import dataclass

from backend.accounts.changes import FieldChange, differences
from backend.accounts.models import Account
from backend.errors import Code
from backend.requests.change import Change, RuleContext, requester_rule
from backend.requests.rules import Rule


@dataclass(frozen=True, slots=True)
class Preview:
    """The differences that a change would make, and its rules, those that hold and those that do not.

    ``version`` changes with the account and with the differences: an approval that carries it is applied only if it
    does what the preview showed.
    """

    version: str
    changes: tuple[FieldChange, ...]
    rules: tuple[Rule, ...]

    @property
    def allowed(self) -> bool:
        """Whether every rule holds."""
        return all(rule.holds for rule in self.rules)


def preview(change: Change, account: Account, context: RuleContext) -> Preview:
    """Apply the change to a copy and list the differences; none where the values are beyond any calendar."""
    after = copy.copy(account)
    try:
        change.apply(after, context)
        changes = tuple(differences(account, after))
    except (OverflowError, ValueError):
        changes = ()
    rules = (requester_rule(context), *change.rules(account, context))
    return Preview(_version(account.version, changes), changes, rules)


def preview_of_newer_version() -> Preview:
    """The preview of a change of a newer version: no differences, and one rule that does not hold."""
    return Preview("", (), (Rule(None, Code.NEWER_VERSION, False),))


def account_version_of(preview_version: str) -> int | None:
    """The account's version in a preview's version; None when the text is not one of ours."""
    number, _, _ = preview_version.partition("-")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None


def _version(account_version: int, changes: tuple[FieldChange, ...]) -> str:
    outcome = json.dumps([change.to_json() for change in changes], sort_keys=True)
    return f"{account_version}-{hashlib.sha256(outcome.encode()).hexdigest()[:16]}"

"""What a change would do to an account as it is now: computed by the code that will apply it."""

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
    """The differences that a change would make, and the rules that hold and those that do not.

    ``version`` names what was shown: it changes with the account and with the outcome, so an approval that sends it
    back is applied only to what its author saw.
    """

    version: str
    changes: tuple[FieldChange, ...]
    rules: tuple[Rule, ...]

    @property
    def allowed(self) -> bool:
        """Whether every rule holds."""
        return all(rule.holds for rule in self.rules)


def preview(change: Change, account: Account, at: RuleContext) -> Preview:
    """Apply the change to a copy and list the differences; none where the values are beyond any calendar."""
    after = copy.copy(account)
    try:
        change.apply(after, at)
        changes = tuple(differences(account, after))
    except (OverflowError, ValueError):
        changes = ()
    rules = (requester_rule(at), *change.rules(account, at))
    return Preview(_version(account.version, changes), changes, rules)


def preview_of_newer_version() -> Preview:
    """What is shown of a change that only a newer version knows: nothing, and that it cannot be approved here."""
    return Preview("", (), (Rule(None, Code.NEWER_VERSION, False),))


def account_version_of(preview_version: str) -> int | None:
    """The account's version that a preview was made from; None when the text is no version of ours."""
    number, _, _ = preview_version.partition("-")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None


def _version(account_version: int, changes: tuple[FieldChange, ...]) -> str:
    outcome = json.dumps([change.to_json() for change in changes], sort_keys=True)
    return f"{account_version}-{hashlib.sha256(outcome.encode()).hexdigest()[:16]}"

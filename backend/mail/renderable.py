"""Which mails this version can render: the others wait, due as they are, for a worker of a newer one."""

from collections.abc import Iterable

from backend.accounts.changes import AccountField
from backend.catalogue import LANGUAGE_CODES, Language
from backend.identity.roles import Role
from backend.mail.models import MailKind, Milestone
from backend.mail.wording import Wording

DECISIONS = ("APPROVED", "REJECTED")

REQUEST_STATES = ("PENDING", *DECISIONS, "WITHDRAWN")
"""The mail room does not know the room of requests."""

RENDERABLE = """
{mail}.kind IN ({kinds}) AND coalesce({mail}.milestone IN ({milestones}), true)
AND coalesce({mail}.facts->>'type' IN ({types}), true) AND coalesce({mail}.facts->>'act' IN ({acts}), true)
AND coalesce({mail}.facts->>'decision' IN ({decisions}), true)
AND NOT EXISTS (
    SELECT FROM jsonb_path_query({mail}.facts, '$.changes[*]') AS change WHERE change->>'field' NOT IN ({fields})
)
AND (SELECT p.language IN ({languages}) AND p.role IN ({roles}) FROM person p WHERE p.id = {mail}.recipient_id)
AND coalesce((SELECT r.state FROM change_request r WHERE r.id = {mail}.request_id) IN ({states}), true)
"""


def renderable(mail: str) -> str:
    """The SQL condition that this version has a letter, and all words of it, for a line of the ledger.

    And that it knows what decides whether the line is worth sending: its recipient's role, its request's state.
    """
    return RENDERABLE.format(
        mail=mail,
        kinds=_quoted(MailKind.known()),
        milestones=_quoted(Milestone.known()),
        types=_quoted(_worded("type.")),
        acts=_quoted(_worded("credentials.", ".lead")),
        decisions=_quoted(DECISIONS),
        fields=_quoted(AccountField.known()),
        roles=_quoted(Role.known()),
        states=_quoted(REQUEST_STATES),
        languages=_quoted(LANGUAGE_CODES),
    )


def _worded(prefix: str, suffix: str = "") -> list[str]:
    """What there are words of between a prefix and a suffix; each language has the same."""
    keys = Wording(Language.EN).keys
    return [
        key.removeprefix(prefix).removesuffix(suffix) for key in keys if key.startswith(prefix) and key.endswith(suffix)
    ]


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))

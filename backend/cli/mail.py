"""``emp mail``: preview, plan and ledger, for operators at a terminal."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

import typer

from backend import clock
from backend.accounts.term import ONE_DAY
from backend.catalogue import Language
from backend.cli.terminal import in_database, known_only, say
from backend.errors import NotFound
from backend.global_ids import key_in
from backend.mail.models import MailKind, MailState, Milestone
from backend.mail.wording import Wording

mail_app = typer.Typer(no_args_is_help=True, help="Mails: how they read, what is due, what became of them.")


@mail_app.command()
def preview(
    account: Annotated[str | None, typer.Option(help="An account's id: the reminder that it gets.")] = None,
    milestone: Annotated[
        Milestone, typer.Option(help="Which reminder of the account.", callback=known_only)
    ] = Milestone.ONE_MONTH,
    mail: Annotated[str | None, typer.Option(help="A mail's id in the ledger, instead of an account.")] = None,
    language: Annotated[Language, typer.Option(help="In which it is written.")] = Language.EN,
    html: Annotated[bool, typer.Option(help="Print the HTML instead of the text.")] = False,
) -> None:
    """Print a mail as it would read now; nothing is sent."""
    from backend.accounts.models import Account
    from backend.mail.preview import RenderedMail, preview_of, preview_reminder

    async def render() -> RenderedMail:
        if mail is not None:
            return await preview_of(_number(mail, "Mail"), language)
        account_row = await Account.filter(id=_number(account or "", "Account")).first()
        if account_row is None:
            raise NotFound
        return await preview_reminder(account_row, milestone, "…", language)

    if (account is None) == (mail is None):
        raise typer.BadParameter("name either an account or a mail")
    rendered = in_database(render)
    if html:
        say(*rendered.html.splitlines())
        return
    say(f"From: {rendered.sender}", f"Subject: {rendered.subject}", "", *rendered.text.splitlines())


@mail_app.command()
def plan(
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="With --dry-run: show the reminders of this day.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Only show what would be planned now; change nothing.")] = False,
) -> None:
    """Plan the mails of the calendar that are due now, or show what would be planned, now or on any day."""
    from backend.mail.planning import plan_due

    if not dry_run:
        if on is not None:
            raise typer.BadParameter("only a dry run can look at another day: add --dry-run")
        say(f"Mails planned: {len(in_database(lambda: plan_due(clock.now())))}.")
        return
    day = on.date() if on else None
    rows = in_database(lambda: _would_be_planned(day))
    if not rows:
        say(f"Nothing would be planned on {day}." if day else "Nothing would be planned now.")
        return
    _print_columns(
        ("ACCOUNT", "TO", "REMINDER", "EXPIRES ON", "DUE (UTC)", "THEN"),
        [
            (
                *(row["account"], row["recipient"], row["milestone"] or row["kind"], row["expires_on"].isoformat()),
                f"{row['due_at']:%Y-%m-%d %H:%M}",
                "is sent" if row["reason"] is None else f"is skipped: {_words_of(row['reason'])}",
            )
            for row in rows
        ],
    )
    if day is None:
        say(f"Mails that would be planned: {len(rows)}.")


@mail_app.command()
def ledger(
    account: Annotated[str | None, typer.Option(help="Only this account's, by id.")] = None,
    state: Annotated[
        list[MailState] | None, typer.Option(help="Only of this state; repeatable.", callback=known_only)
    ] = None,
    kind: Annotated[
        list[MailKind] | None, typer.Option(help="Only of this kind; repeatable.", callback=known_only)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 50,
) -> None:
    """Print the ledger: what was sent to whom and when, what waits, what failed and why."""
    rows = in_database(lambda: _ledger_rows(account, state, kind, limit))
    if not rows:
        say("The ledger has no such line.")
        return
    _print_columns(
        ("ID", "DUE (UTC)", "KIND", "TO", "ACCOUNT", "STATE", "ENDED (UTC)", "WHY"),
        [
            (
                str(row["id"]),
                f"{row['due_at']:%Y-%m-%d %H:%M}",
                row["milestone"] if row["kind"] == MailKind.REMINDER else row["kind"],
                *(row["recipient"], row["account"] or "", row["state"]),
                f"{row['ended_at']:%Y-%m-%d %H:%M}" if row["ended_at"] else "",
                _words_of(row["reason"]),
            )
            for row in rows
        ],
    )


PLANNED = """
SELECT a.name AS account, p.email AS recipient, m.kind, m.milestone, m.expires_on, m.due_at, m.reason
  FROM mail m JOIN account a ON a.id = m.account_id JOIN person p ON p.id = m.recipient_id
 WHERE m.id = ANY($1::bigint[])
   AND ($2::date IS NULL
        OR $2 = CASE m.milestone WHEN 'ONE_MONTH' THEN (m.expires_on - interval '1 month')::date
                             WHEN 'ONE_WEEK' THEN m.expires_on - 7 ELSE m.expires_on END)
 ORDER BY m.due_at, a.name, p.email
"""

LEDGER = """
SELECT m.id, m.kind, m.milestone, m.state, m.reason, m.due_at, m.ended_at, p.email AS recipient, a.name AS account
  FROM mail m JOIN person p ON p.id = m.recipient_id LEFT JOIN account a ON a.id = m.account_id
 WHERE ($1::bigint IS NULL OR m.account_id = $1)
   AND ($2::text[] IS NULL OR m.state = ANY($2)) AND ($3::text[] IS NULL OR m.kind = ANY($3))
 ORDER BY m.created_at DESC, m.id DESC LIMIT $4
"""


class _OnlyLooked(Exception):
    """Rolls a dry run back."""


async def _would_be_planned(day: date | None) -> list[dict[str, Any]]:
    """What planning would add now, or of a day's reminders once that day is over everywhere."""
    from backend.mail.planning import day_everywhere, plan_due, plan_reminders
    from backend.storage.database import fetch, transaction

    rows: list[dict[str, Any]] = []
    try:
        async with transaction():
            if day is None:
                planned = await plan_due(clock.now())
            else:
                evening = datetime.combine(day, time(), UTC) + 2 * ONE_DAY
                planned = await plan_reminders(await day_everywhere(day), evening)
            rows = await fetch(PLANNED, planned, day)
            raise _OnlyLooked
    except _OnlyLooked:
        return rows


async def _ledger_rows(
    account: str | None, states: list[MailState] | None, kinds: list[MailKind] | None, limit: int
) -> list[dict[str, Any]]:
    from backend.storage.database import fetch

    return await fetch(
        LEDGER,
        None if account is None else _number(account, "Account"),
        [state.value for state in states] if states else None,
        [kind.value for kind in kinds] if kinds else None,
        limit,
    )


def _print_columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """One line each, never cut: to be searched and piped, whatever the terminal's width."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    say(*("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines))


def _words_of(reason: str | None) -> str:
    return Wording(Language.EN).ended(reason) if reason else ""


def _number(id_: str, type_name: str) -> int:
    return int(id_) if id_.isdecimal() else key_in(id_, type_name)

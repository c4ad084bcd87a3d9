"""The ledger of mails as the API shows it: reminders to an account's organisation, all to Customer Success."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

import strawberry

from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.api.core.nodes import LazyAccount, account_of
from backend.api.identity.types import Person, person
from backend.catalogue import Language
from backend.global_ids import global_id
from backend.mail import health, models, preview, reminders
from backend.mail.models import MailKind, MailState, Milestone
from backend.mail.resend import refusal_to_send_again
from backend.mail.wording import Wording

strawberry.enum(MailKind, description="What a mail is about.")
strawberry.enum(Milestone, description="The three reminders of a term.")
strawberry.enum(
    MailState,
    description="WAITING, CLAIMED and IN_DOUBT are open; every mail ends in exactly one of the others.",
)


@visible_to(Audience.PARENT)
@strawberry.type(description="Why a mail was not sent, or will not be.")
class MailReason:
    code: str = strawberry.field(description="For clients.")
    message: str = strawberry.field(description="In the viewer's language.")

    @classmethod
    def of(cls, code: str | None, info: Info) -> "MailReason | None":
        """The API's view of a reason in the ledger."""
        if code is None:
            return None
        return cls(code=code.upper(), message=Wording(info.context.language).ended(code))


@visible_to(Audience.SECTION)
@strawberry.type(name="Reminder", description="A milestone of a term for one recipient, past or to come.")
class ReminderType:
    of: strawberry.Private[reminders.Reminder]

    @strawberry.field(description="Which of the three.")
    def milestone(self) -> Milestone:
        return self.of.milestone

    @strawberry.field(description="The same by name, also of one that only a newer version knows.")
    def milestone_name(self) -> str:
        return (self.of.mail and self.of.mail.milestone) or self.of.milestone.value

    @strawberry.field(description="The expiry day of the term that it is about.")
    def expires_on(self) -> date:
        return self.of.expires_on

    @strawberry.field(description="When it is due: 09:00 of its day where the organisation is.")
    def due_at(self) -> datetime:
        return self.of.due_at

    @strawberry.field(description="Whether its day has come, so that the ledger has a line for it.")
    def recorded(self) -> bool:
        return self.of.mail is not None

    @strawberry.field(description="What became of it; WAITING until its day.")
    def state(self) -> MailState:
        return self.of.state

    @strawberry.field(description="The same by name, also of a state that only a newer version knows.")
    def state_name(self) -> str:
        return self.of.mail.state if self.of.mail else self.of.state.value

    @strawberry.field(description="Why it was not sent, or will not be.")
    def reason(self, info: Info) -> MailReason | None:
        return MailReason.of(self.of.reason, info)

    @strawberry.field(description="When it ended, such as by being sent.")
    def ended_at(self) -> datetime | None:
        return self.of.mail.ended_at if self.of.mail else None

    @strawberry.field(description="To whom.")
    async def recipient(self, info: Info) -> Person:
        return await person(self.of.recipient_id, info)


@visible_to(Audience.PARENT)
@strawberry.type(description="A mail as its recipient would read it now; nothing is sent.")
class MailPreview:
    subject: str = strawberry.field(description="Its subject.")
    sender: str = strawberry.field(description="The address that it comes from.")
    text: str = strawberry.field(description="Its plain text.")
    html: str = strawberry.field(description="Its HTML, complete in itself.")

    @classmethod
    def of(cls, shown: preview.RenderedMail) -> "MailPreview":
        """The API's view of a preview."""
        return cls(subject=shown.subject, sender=shown.sender, text=shown.text, html=shown.html)


@visible_to(Audience.PARENT)
@strawberry.type(name="Mail", description="A line of the ledger: one mail to one recipient.")
class MailType:
    model: strawberry.Private[models.Mail]

    @strawberry.field(description="Opaque and global.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("Mail", self.model.id))

    @strawberry.field(description="What it is about.")
    def kind(self) -> MailKind:
        return MailKind(self.model.kind)

    @strawberry.field(description="The same by name, also of a kind that only a newer version knows.")
    def kind_name(self) -> str:
        return self.model.kind

    @strawberry.field(description="Which reminder, where it is one.")
    def milestone(self) -> Milestone | None:
        return Milestone(self.model.milestone) if self.model.milestone else None

    @strawberry.field(description="The same by name, also of one that only a newer version knows.")
    def milestone_name(self) -> str | None:
        return self.model.milestone

    @strawberry.field(description="To whom.")
    async def recipient(self, info: Info) -> Person:
        return await person(self.model.recipient_id, info)

    @strawberry.field(description="The account whose term it is about.")
    async def account(self, info: Info) -> LazyAccount | None:
        if self.model.account_id is None:
            return None
        return account_of(await info.context.loaders.account.load(self.model.account_id))

    @strawberry.field(description="Where it stands.")
    def state(self) -> MailState:
        return MailState(self.model.state)

    @strawberry.field(description="The same by name, also of a state that only a newer version knows.")
    def state_name(self) -> str:
        return self.model.state

    @strawberry.field(description="Why it was not sent.")
    def reason(self, info: Info) -> MailReason | None:
        return MailReason.of(self.model.reason, info)

    @strawberry.field(description="Since when it is due.")
    def due_at(self) -> datetime:
        return self.model.due_at

    @strawberry.field(description="When it is tried next; null once it has ended.")
    def next_at(self) -> datetime | None:
        return None if self.model.ended_at else self.model.next_at

    @strawberry.field(description="When it ended.")
    def ended_at(self) -> datetime | None:
        return self.model.ended_at

    @strawberry.field(description="How often its recipient's side, or the mail itself, has failed it.")
    def failures(self) -> int:
        return self.model.failures

    @strawberry.field(description="The mail host's last words about it.")
    def reply(self) -> str | None:
        return self.model.reply

    @strawberry.field(description="Whether it can be sent again.")
    def can_be_sent_again(self) -> bool:
        return refusal_to_send_again(self.model) is None

    @strawberry.field(
        description="How it reads, in its recipient's language unless said; null, with an error, if it cannot be."
    )
    async def preview(
        self,
        info: Info,
        language: Annotated[
            Language | None,
            strawberry.argument(description="Which language it is written in; null for its recipient's own."),
        ] = None,
    ) -> MailPreview | None:
        return MailPreview.of(await info.context.loaders.mail_preview.load((self.model.id, language)))


@visible_to(Audience.PARENT)
@strawberry.type(description="How many mails stand in a state.")
class MailCount:
    state: MailState = strawberry.field(description="The state.")
    state_name: str = strawberry.field(
        description="The same by name; states that only a newer version knows are counted one by one."
    )
    count: int = strawberry.field(description="How many.")


@visible_to(Audience.PARENT)
@strawberry.type(name="MailHost", description="What is known of the host that mails go to.")
class MailHostType:
    name: str = strawberry.field(description="Host and port.")
    paused_until: datetime | None = strawberry.field(
        description="Until then it is left alone, since it did not serve; null while it serves."
    )
    faults: int = strawberry.field(description="How often in a row it did not serve.")
    last_fault: str | None = strawberry.field(description="What it said, or what happened, the last time.")
    last_fault_at: datetime | None = strawberry.field(description="When.")


@visible_to(Audience.PARENT)
@strawberry.type(name="MailHealth", description="How mail fares.")
class MailHealthType:
    planned_at: datetime | None = strawberry.field(description="When the calendar was looked at last.")
    oldest_due_at: datetime | None = strawberry.field(description="Since when the oldest mail waits to be sent.")
    trouble: str | None = strawberry.field(description="What is wrong, for an operator; null when all is well.")
    open: list[MailCount] = strawberry.field(description="What has not ended yet.")
    ended_in_last_day: list[MailCount] = strawberry.field(description="What has ended in the last 24 hours.")
    hosts: list[MailHostType] = strawberry.field(description="Hosts that have been at fault at least once.")

    @classmethod
    def of(cls, found: health.MailHealth) -> "MailHealthType":
        """The API's view of it."""
        return cls(
            planned_at=found.planned_at,
            oldest_due_at=found.oldest_due_at,
            trouble=found.trouble,
            open=_counts(found.open),
            ended_in_last_day=_counts(found.ended_in_last_day),
            hosts=[
                MailHostType(
                    name=host.name,
                    paused_until=host.open_until,
                    faults=host.faults,
                    last_fault=host.last_fault,
                    last_fault_at=host.last_fault_at,
                )
                for host in found.hosts
            ],
        )


def _counts(by_state: Mapping[str, int]) -> list[MailCount]:
    return [MailCount(state=MailState(name), state_name=name, count=n) for name, n in sorted(by_state.items())]

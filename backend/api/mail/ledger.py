"""Customer Success looks after mails: reads the ledger, previews any mail, and sends one again."""

from typing import Annotated

import strawberry

from backend import clock
from backend.accounts.models import Account
from backend.api.core.authorization import Audience, Requires, visible_to
from backend.api.core.connections import Connection, connection
from backend.api.core.context import Info
from backend.api.core.errors import UserError, user_errors
from backend.api.mail.types import MailHealthType, MailPreview, MailType
from backend.catalogue import Language
from backend.errors import BadInput, NotFound, Refused
from backend.global_ids import key_in
from backend.identity.roles import Permission
from backend.mail import models
from backend.mail.health import mail_health
from backend.mail.ledger_list import MailList
from backend.mail.models import MailKind, MailState, Milestone
from backend.mail.preview import preview_reminder
from backend.mail.resend import send_again

TENDS_MAIL = Requires(Permission.TEND_MAIL)

MailStates = Annotated[
    list[MailState] | None, strawberry.argument(description="Mails in one of these states; null for all.")
]

MailSearch = Annotated[
    str | None,
    strawberry.argument(
        description="Part of the recipient's name or e-mail address, of the account's name or its client's, or of the"
        " organisation's that it is about. Whatever the case; null for all."
    ),
]


@strawberry.input(description="A mail to send again.")
class SendMailAgainInput:
    id: strawberry.ID = strawberry.field(description="A mail that failed, or whose fate is unknown.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to sendMailAgain.")
class SendMailAgainPayload:
    mail: MailType | None = strawberry.field(description="The mail, open again; null when refused.")
    errors: list[UserError] = strawberry.field(description="What the user can mend.")


@strawberry.type
class MailQueries:
    @strawberry.field(extensions=[TENDS_MAIL], description="The ledger of mails, newest first. Customer Success only.")
    async def mails(
        self,
        states: MailStates = None,
        kinds: list[MailKind] | None = None,
        search: MailSearch = None,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[MailType]:
        found = MailList(states, kinds, search)
        page = await found.page(first, after)
        return connection(page, lambda model: MailType(model=model), found.count)

    @strawberry.field(extensions=[TENDS_MAIL], description="A line of the ledger by its id. Customer Success only.")
    async def mail(self, id: strawberry.ID) -> MailType | None:
        model = await models.Mail.filter(id=key_in(id, "Mail")).first()
        if model is None:
            raise NotFound
        return MailType(model=model)

    @strawberry.field(
        extensions=[TENDS_MAIL],
        description="An account's reminder as it will read on its day if nothing changes. Customer Success only.",
    )
    async def reminder_preview(
        self, info: Info, account: strawberry.ID, milestone: Milestone, language: Language = Language.EN
    ) -> MailPreview | None:
        if milestone is Milestone.OTHER:
            raise BadInput
        model = await Account.filter(id=key_in(account, "Account")).first()
        if model is None:
            raise NotFound
        return MailPreview.of(await preview_reminder(model, milestone, info.context.viewer.name, language))

    @strawberry.field(extensions=[TENDS_MAIL], description="How mail fares. Customer Success only.")
    async def mail_health(self) -> MailHealthType:
        return MailHealthType.of(await mail_health(clock.now()))


@strawberry.type
class MailMutations:
    @strawberry.mutation(
        extensions=[TENDS_MAIL],
        description="Send a mail again that failed, if it is still worth sending. Customer Success only.",
    )
    async def send_mail_again(self, info: Info, input: SendMailAgainInput) -> SendMailAgainPayload:
        try:
            mail = await send_again(key_in(input.id, "Mail"), by=info.context.viewer)
        except Refused as refusal:
            return SendMailAgainPayload(mail=None, errors=await user_errors(refusal, info))
        await info.context.live.wake_worker()
        return SendMailAgainPayload(mail=MailType(model=mail), errors=[])

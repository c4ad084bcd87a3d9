"""The viewer's second factor: codes of an authenticator app, and recovery codes."""

import strawberry

from backend.api.core.authorization import Audience, SignedIn, visible_to
from backend.api.core.context import Info
from backend.api.core.errors import UserError, user_errors
from backend.api.identity.session_tokens import SessionTokens, hand_over
from backend.api.identity.types import Viewer
from backend.errors import Refused
from backend.identity import second_factor, sign_in
from backend.identity.models import User
from backend.mail import ledger


@strawberry.input(description="Who sets up an authenticator app.")
class BeginSecondFactorInput:
    current_password: str = strawberry.field(description="To be sure that it is the viewer.")


@strawberry.input(description="A first code of the app.")
class ConfirmSecondFactorInput:
    code: str = strawberry.field(description="Six digits, as the app shows them.")


@strawberry.input(description="Proof of both factors.")
class BothFactorsInput:
    current_password: str = strawberry.field(description="To be sure that it is the viewer.")
    code: str = strawberry.field(description="Six digits of the app, or a recovery code.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to beginSecondFactor.")
class BeginSecondFactorPayload:
    secret: str | None = strawberry.field(default=None, description="For an app that reads no picture; Base32.")
    uri: str | None = strawberry.field(default=None, description="For an app on the same device: otpauth://totp/….")
    picture: str | None = strawberry.field(default=None, description="The uri as a QR code: SVG in a data URI.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What the user can mend.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to confirmSecondFactor.")
class ConfirmSecondFactorPayload:
    viewer: Viewer | None = strawberry.field(default=None, description="Null when refused.")
    recovery_codes: list[str] | None = strawberry.field(default=None, description="Shown this once; each for one use.")
    tokens: SessionTokens | None = strawberry.field(
        default=None, description="For phones: they replace the ones before, as a page's cookie is replaced."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description="What the user can mend.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to renewRecoveryCodes.")
class RenewRecoveryCodesPayload:
    viewer: Viewer | None = strawberry.field(default=None, description="Null when refused.")
    recovery_codes: list[str] | None = strawberry.field(default=None, description="Shown this once; each for one use.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What the user can mend.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to removeSecondFactor.")
class RemoveSecondFactorPayload:
    viewer: Viewer | None = strawberry.field(default=None, description="Null when refused.")
    tokens: SessionTokens | None = strawberry.field(
        default=None, description="For phones: they replace the ones before, as a page's cookie is replaced."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description="What the user can mend.")


@strawberry.type
class SecondFactorMutations:
    @strawberry.mutation(
        extensions=[SignedIn()], description="Make a secret for an authenticator app; a code of it confirms it."
    )
    async def begin_second_factor(self, info: Info, input: BeginSecondFactorInput) -> BeginSecondFactorPayload:
        try:
            await _require_password(info, input.current_password)
            made = await second_factor.begin(info.context.viewer)
        except Refused as refusal:
            return BeginSecondFactorPayload(errors=await user_errors(refusal, info))
        return BeginSecondFactorPayload(secret=made.secret, uri=made.uri, picture=made.picture)

    @strawberry.mutation(
        extensions=[SignedIn()],
        description="Ask for codes at each sign-in from now on; this session's token is replaced, all others end.",
    )
    async def confirm_second_factor(self, info: Info, input: ConfirmSecondFactorInput) -> ConfirmSecondFactorPayload:
        viewer = info.context.viewer
        await info.context.throttle.count_code(viewer.id)
        try:
            codes, renewed = await second_factor.confirm(
                viewer, input.code, session_id=info.context.session_at_hand, notify=ledger.credentials_changed
            )
        except Refused as refusal:
            return ConfirmSecondFactorPayload(errors=await user_errors(refusal, info))
        await info.context.throttle.forgive_codes(viewer.id)
        tokens = hand_over(renewed, info.context)
        return ConfirmSecondFactorPayload(viewer=await _as_changed(info), recovery_codes=codes, tokens=tokens)

    @strawberry.mutation(extensions=[SignedIn()], description="Other recovery codes in the place of those before.")
    async def renew_recovery_codes(self, info: Info, input: BothFactorsInput) -> RenewRecoveryCodesPayload:
        try:
            await _require_both(info, input)
            codes = await second_factor.renew_recovery_codes(
                info.context.viewer, session_id=info.context.session_at_hand, notify=ledger.credentials_changed
            )
        except Refused as refusal:
            return RenewRecoveryCodesPayload(errors=await user_errors(refusal, info))
        return RenewRecoveryCodesPayload(viewer=await _as_changed(info), recovery_codes=codes)

    @strawberry.mutation(
        extensions=[SignedIn()],
        description="Ask for no codes any more; this session's token is replaced, all others end.",
    )
    async def remove_second_factor(self, info: Info, input: BothFactorsInput) -> RemoveSecondFactorPayload:
        viewer = info.context.viewer
        try:
            await _require_both(info, input)
            renewed = await second_factor.remove(
                viewer, session_id=info.context.session_at_hand, notify=ledger.credentials_changed
            )
        except Refused as refusal:
            return RemoveSecondFactorPayload(errors=await user_errors(refusal, info))
        tokens = hand_over(renewed, info.context)
        return RemoveSecondFactorPayload(viewer=await _as_changed(info), tokens=tokens)


async def _require_both(info: Info, input: BothFactorsInput) -> None:
    await _require_password(info, input.current_password)
    await second_factor.require_code(info.context.viewer, input.code, info.context.throttle)


async def _require_password(info: Info, password: str) -> None:
    await sign_in.require_password(info.context.viewer, password, info.context.throttle)


async def _as_changed(info: Info) -> Viewer:
    user = await User.get(id=info.context.viewer.id)
    info.context.become(user)
    await info.context.live.wake_worker()
    return Viewer(model=user)

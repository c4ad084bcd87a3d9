"""Signing in and out, passwords and the viewer's own settings."""

from dataclasses import dataclass
from uuid import uuid4

import strawberry

from backend.api.core.authorization import Anybody, Audience, SignedIn, visible_to
from backend.api.core.context import Context, Info
from backend.api.core.cookies import device_token_of, forget_cookie, set_device_cookie
from backend.api.core.errors import UserError, user_errors
from backend.api.identity.session_tokens import SessionTokens, hand_over
from backend.api.identity.types import Viewer
from backend.catalogue import Language
from backend.errors import BadInput, NotSignedIn, Refused
from backend.identity import password_reset, people, sessions, sign_in, trusted_devices
from backend.identity.constant_time import constant_duration
from backend.identity.models import User
from backend.identity.sessions import Credentials, SessionKind
from backend.mail import ledger
from backend.storage.database import transaction


@strawberry.input(description="Who signs in.")
class SignInInput:
    email: str = strawberry.field(description="Whatever its case.")
    password: str = strawberry.field(description="As it was set.")
    code: str | None = strawberry.field(
        default=None,
        description="After SECOND_FACTOR_REQUIRED: six digits of the authenticator app, or a recovery code.",
    )
    client: SessionKind = strawberry.field(
        default=SessionKind.PAGE, description="PAGE gets an HttpOnly cookie, PHONE a pair of tokens."
    )
    device: str | None = strawberry.field(
        default=None, description="A name to know the session by; 200 characters of it are kept."
    )


@strawberry.input(description="A refresh token to trade in.")
class RefreshSessionInput:
    refresh_token: str = strawberry.field(description="Good for one use; a second use ends the session.")


@strawberry.input(description="A new password for the viewer.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="To be sure that it is the viewer.")
    new_password: str = strawberry.field(description="At least 10 characters, and not a common one.")


@strawberry.input(description="Whose password is forgotten.")
class RequestPasswordResetInput:
    email: str = strawberry.field(description="The answer is the same whether or not somebody has it.")


@strawberry.input(description="A new password, by the link of a mail.")
class ResetPasswordInput:
    token: str = strawberry.field(description="From the link.")
    new_password: str = strawberry.field(description="At least 10 characters, and not a common one.")


@strawberry.input(description="What the viewer may change about themselves; null leaves it.")
class UpdateProfileInput:
    language: Language | None = strawberry.field(default=None, description="Of the interface and the mails.")
    time_zone: str | None = strawberry.field(default=None, description="IANA name.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to signIn.")
class SignInPayload:
    viewer: Viewer | None = strawberry.field(default=None, description="Who is signed in now.")
    tokens: SessionTokens | None = strawberry.field(default=None, description="For phones; null for the page.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What the user can mend.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to refreshSession.")
class RefreshSessionPayload:
    tokens: SessionTokens | None = strawberry.field(description="They replace the ones before.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What the user can mend.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to changePassword.")
class ChangePasswordPayload:
    viewer: Viewer | None = strawberry.field(default=None, description="Null when refused.")
    tokens: SessionTokens | None = strawberry.field(
        default=None, description="For phones: they replace the ones before, as a page's cookie is replaced."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description="What the user can mend.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to updateProfile.")
class UpdateProfilePayload:
    viewer: Viewer | None = strawberry.field(default=None, description="Null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What the user can mend.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to signOut.")
class SignOutPayload:
    errors: list[UserError] = strawberry.field(default_factory=list, description="Always empty.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to requestPasswordReset.")
class RequestPasswordResetPayload:
    errors: list[UserError] = strawberry.field(default_factory=list, description="Always empty.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to resetPassword.")
class ResetPasswordPayload:
    errors: list[UserError] = strawberry.field(default_factory=list, description="What the user can mend.")


@strawberry.type
class SignInMutations:
    @strawberry.mutation(extensions=[Anybody()], description="Open a session.")
    async def sign_in(self, info: Info, input: SignInInput) -> SignInPayload:
        context = info.context
        device_token = device_token_of(context.request)
        if input.client is SessionKind.OTHER:
            raise BadInput
        try:
            device = sessions.device_name(input.device, context.request.headers.get("user-agent", ""))
            user = await sign_in.authenticate(
                input.email,
                input.password,
                input.code,
                address=context.address,
                device_token=device_token,
                throttle=context.throttle,
            )
            opened = await _open_session(user, input.client, device, device_token, context)
        except Refused as refusal:
            return SignInPayload(errors=await user_errors(refusal, info))
        context.become(user)
        tokens = hand_over(opened.credentials, context)
        if opened.device_token is not None:
            set_device_cookie(context.response, opened.device_token)
        if opened.is_news:
            await context.live.wake_worker()
        return SignInPayload(viewer=Viewer(model=user), tokens=tokens)

    @strawberry.mutation(extensions=[SignedIn()], description="End this session, with every token of it.")
    async def sign_out(self, info: Info) -> SignOutPayload:
        await sessions.end(info.context.session_at_hand)
        forget_cookie(info.context.response)
        return SignOutPayload()

    @strawberry.mutation(extensions=[Anybody()], description="Trade a refresh token for a new pair.")
    async def refresh_session(self, info: Info, input: RefreshSessionInput) -> RefreshSessionPayload:
        try:
            pair = await sessions.refresh(input.refresh_token, notify=ledger.credentials_changed)
        except sessions.TokenReused:
            await info.context.live.wake_worker()
            raise NotSignedIn from None
        return RefreshSessionPayload(tokens=SessionTokens.of(pair))

    @strawberry.mutation(
        extensions=[SignedIn()], description="Replace the password and this session's token; all other sessions end."
    )
    async def change_password(self, info: Info, input: ChangePasswordInput) -> ChangePasswordPayload:
        viewer = info.context.viewer
        context = info.context
        try:
            await sign_in.require_password(viewer, input.current_password, context.throttle)
            renewed = await people.change_password(
                viewer,
                input.new_password,
                "newPassword",
                session_id=context.session_at_hand,
                notify=ledger.credentials_changed,
            )
        except Refused as refusal:
            return ChangePasswordPayload(errors=await user_errors(refusal, info))
        await context.live.wake_worker()
        return ChangePasswordPayload(viewer=Viewer(model=viewer), tokens=hand_over(renewed, context))

    @strawberry.mutation(extensions=[Anybody()], description="Send a link to set a new password, if somebody is there.")
    async def request_password_reset(self, info: Info, input: RequestPasswordResetInput) -> RequestPasswordResetPayload:
        await info.context.throttle.count_from_here(f"reset {input.email}", info.context.address)
        async with constant_duration():
            user = await sign_in.user_with(input.email)
            if user is not None and user.is_active:
                async with transaction():
                    begun = await password_reset.begin(user)
                    if begun is not None:
                        await ledger.password_reset(user_id=user.id, reset_id=begun.id, token=begun.token)
            # Said in any case: a queue server that is slow to hear it tells nobody who exists.
            await info.context.live.wake_worker()
        return RequestPasswordResetPayload()

    @strawberry.mutation(
        extensions=[Anybody()], description="Set a new password by the link of a mail; all sessions end."
    )
    async def reset_password(self, info: Info, input: ResetPasswordInput) -> ResetPasswordPayload:
        try:
            await password_reset.finish(input.token, input.new_password, notify=ledger.credentials_changed)
        except Refused as refusal:
            return ResetPasswordPayload(errors=await user_errors(refusal, info))
        await info.context.live.wake_worker()
        return ResetPasswordPayload()

    @strawberry.mutation(extensions=[SignedIn()], description="Change the viewer's language or time zone.")
    async def update_profile(self, info: Info, input: UpdateProfileInput) -> UpdateProfilePayload:
        viewer = info.context.viewer
        try:
            await people.update_profile(viewer, language=input.language, time_zone=input.time_zone)
        except Refused as refusal:
            return UpdateProfilePayload(errors=await user_errors(refusal, info))
        return UpdateProfilePayload(viewer=Viewer(model=viewer))


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that has just been opened, what its browser is known by, and whether its device was never seen."""

    credentials: Credentials
    device_token: str | None
    is_news: bool


async def _open_session(
    user: User, client: SessionKind, device: str, device_token: str | None, context: Context
) -> Opened:
    known: str | None = None
    async with transaction():
        await sign_in.require_unchanged(user, *([context.user] if context.user else []))
        if context.session_id is not None:
            await sessions.end(context.session_id)
        is_news = await sessions.is_new_device(user, device)
        if is_news:
            await ledger.new_sign_in(user_id=user.id, session_key=uuid4().hex, device=device)
        credentials: Credentials
        if client is SessionKind.PHONE:
            credentials = await sessions.open_phone_session(user, device)
        else:
            credentials = await sessions.open_page_session(user, device)
            known = await trusted_devices.remember(user, device_token)
    return Opened(credentials, known, is_news)

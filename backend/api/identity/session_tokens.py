"""What a client holds of its session, as an answer hands it over."""

from datetime import datetime

import strawberry

from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Context
from backend.api.core.cookies import set_cookie
from backend.identity.sessions import Credentials, Token, TokenPair


@visible_to(Audience.PARENT)
@strawberry.type(description="What a phone holds; both tokens are opaque and revocable.")
class SessionTokens:
    access_token: str = strawberry.field(description="Send it as Authorization: Bearer.")
    access_expires_at: datetime = strawberry.field(description="Refresh before.")
    refresh_token: str = strawberry.field(description="Good for one use.")
    refresh_expires_at: datetime = strawberry.field(description="Sign in again after.")

    @classmethod
    def of(cls, pair: TokenPair) -> "SessionTokens":
        """The API's view of a pair of tokens."""
        return cls(
            access_token=pair.access.text,
            access_expires_at=pair.access.ends_at,
            refresh_token=pair.refresh.text,
            refresh_expires_at=pair.refresh.ends_at,
        )


def hand_over(credentials: Credentials, context: Context) -> SessionTokens | None:
    """Give a page its cookie with the answer, and a phone the tokens that are returned; after they are committed."""
    if isinstance(credentials, Token):
        set_cookie(context.response, credentials)
        return None
    return SessionTokens.of(credentials)

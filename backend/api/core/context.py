"""The context of an operation: its user, language and loaders; and the ``Info`` of resolvers."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.types.info import Info as StrawberryInfo

from backend import clock
from backend.api.core.dataloaders import Loaders
from backend.api.execution.documents import Document
from backend.catalogue import LANGUAGE_CODES, Language, language_of
from backend.errors import NotSignedIn
from backend.events import EventBus
from backend.identity.models import User
from backend.identity.throttle import Throttle
from backend.network_addresses import counted_as
from backend.storage.keyset import RowJson


@dataclass(slots=True)
class Context:
    """One operation's context. ``session_id`` and ``user`` are None when nobody is signed in."""

    request: Request | WebSocket
    response: Response | WebSocket
    live: EventBus
    throttle: Throttle
    user: User | None
    session_id: int | None
    renewals: int
    """Renewals of the session's tokens up to this call."""
    accepted_language: Language
    document: Document | None = None
    last_changed_at: datetime | None = None
    """When the last event of a subscription had changed; at its start, the last one that its client has."""
    is_outdated: bool = False
    """Whether the session's tokens were renewed during a subscription: its client must call anew, with the others."""
    loaders: Loaders = field(init=False)
    _todays: dict[str, date] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self.user)

    def become(self, user: User | None) -> None:
        """Set the user of the rest of the operation, after a sign-in or a change; loaders start empty."""
        self.user = user
        self.loaders = Loaders(user)
        self._todays = {}

    @property
    def viewer(self) -> User:
        """The user. Raises: NotSignedIn."""
        if self.user is None:
            raise NotSignedIn
        return self.user

    @property
    def session_at_hand(self) -> int:
        """The id of the user's session. Raises: NotSignedIn."""
        if self.session_id is None:
            raise NotSignedIn
        return self.session_id

    @property
    def address(self) -> str:
        """The client's network address."""
        return self.request.client.host if self.request.client else ""

    @property
    def network(self) -> str:
        """The network that limits of an address count for it."""
        return counted_as(self.address)

    @property
    def language(self) -> Language:
        """The user's language, else the one of the Accept-Language header."""
        return language_of(self.user.language) if self.user else self.accepted_language

    def today(self, time_zone: str) -> date:
        """The present date in a time zone; the same throughout the operation."""
        if time_zone not in self._todays:
            self._todays[time_zone] = clock.today(time_zone)
        return self._todays[time_zone]


@dataclass
class Info(StrawberryInfo[Context, Any]):
    """What a resolver is told of its call: by Strawberry, and by the compiled reads."""

    row_json: RowJson | None = None
    """For the resolver of a list: how its statement writes each row as JSON; None: its rows become objects."""


@lru_cache(maxsize=100)
def accepted_language_of(accept_language: str) -> Language:
    """The first of our languages that an Accept-Language header names, in its order of preference."""
    preferences = []
    for position, part in enumerate(accept_language.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            preferences.append((-float(weight or 1), position, tag[:2].lower()))
        except ValueError:
            continue
    return next((Language(tag) for _, _, tag in sorted(preferences) if tag in LANGUAGE_CODES), Language.EN)

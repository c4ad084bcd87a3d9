"""The version after this one, as a copy of the source with what a developer would add: one more type of request."""

import json
import shutil
from pathlib import Path

BACKEND = Path(__file__).parents[2] / "backend"

RELOCATION = """
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from backend.accounts.models import Account
from backend.catalogue import COUNTRIES
from backend.errors import Code
from backend.requests.change import AccountChange, RuleContext, RequestType
from backend.requests.rules import Rule


@dataclass(frozen=True, slots=True)
class Relocation(AccountChange):
    type: ClassVar[RequestType] = RequestType.RELOCATION
    country: str

    def rules(self, account: Account, context: RuleContext) -> Iterator[Rule]:
        yield from AccountChange.rules(self, account, context)
        yield Rule("country", Code.UNKNOWN_COUNTRY, self.country in COUNTRIES)

    def apply(self, account: Account, context: RuleContext) -> None:
        account.country = self.country
"""

RELOCATION_API = """
import strawberry

from backend.api.catalogue import Country, country
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.api.requests.request_type import FilingInput, RequestTypeApi
from backend.api.requests.types import ChangeRequestType
from backend.global_ids import key_in
from backend.requests.change import RequestType
from backend.requests.types.relocation import Relocation


@strawberry.input
class RelocationInput(FilingInput):
    account_id: strawberry.ID
    country: str
    comment: str = ""
    preview_version: str | None = None
    client_mutation_id: str | None = None

    def change(self) -> Relocation:
        return Relocation(key_in(self.account_id, "Account"), self.country)


@visible_to(Audience.SECTION)
@strawberry.type
class RelocationRequest(ChangeRequestType):
    @strawberry.field
    def country(self, info: Info) -> Country:
        return country(self.model.fields_["country"], info.context.language)


API = RequestTypeApi(
    RequestType.RELOCATION, "Another country.", "Ask for another country.", RelocationInput, RelocationRequest
)
"""

CHANGES = {
    "requests/change.py": {'    RENEWAL = "RENEWAL"\n': '    RENEWAL = "RENEWAL"\n    RELOCATION = "RELOCATION"\n'},
    "requests/types/__init__.py": {
        "from backend.requests.types.renewal": "from backend.requests.types.relocation import Relocation\n"
        "from backend.requests.types.renewal",
        "    Renewal,\n": "    Renewal,\n    Relocation,\n",
    },
    "api/requests/registry.py": {
        "new_account, renewal\n": "new_account, relocation, renewal\n",
        "renewal.API)": "renewal.API, relocation.API)",
    },
}
"""In each file, what stands in the place of what."""


def write(folder: Path) -> None:
    """Put its source in a folder."""
    made = folder / "backend"
    shutil.copytree(BACKEND, made, ignore=shutil.ignore_patterns("__pycache__", "page", "page.*"))
    if (BACKEND / "page").exists():
        (made / "page").symlink_to(BACKEND / "page")
    for name, changes in CHANGES.items():
        text = (made / name).read_text(encoding="utf-8")
        for before, after in changes.items():
            assert before in text, f"{name} has no {before!r}"
            text = text.replace(before, after, 1)
        (made / name).write_text(text, encoding="utf-8")
    (made / "requests" / "types" / "relocation.py").write_text(RELOCATION, encoding="utf-8")
    (made / "api" / "requests" / "relocation.py").write_text(RELOCATION_API, encoding="utf-8")
    for path in (made / "mail" / "words").glob("*.json"):
        words = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**words, "type.RELOCATION": "Relocation"}), encoding="utf-8")

"""Who takes part in the demo: two organisations and five people."""

from dataclasses import dataclass

from backend.catalogue import Language
from backend.identity import people
from backend.identity.models import Organisation, User
from backend.identity.roles import Role

PASSWORD = "demo-demo-demo"

ROLES = {
    "superadmin@northwind.example": "SuperAdmin of Northwind Energy",
    "member@northwind.example": "member of Northwind Energy",
    "superadmin@globex.example": "SuperAdmin of Globex Bâtiments",
    "success@platform.example": "Customer Success",
    "success2@platform.example": "Customer Success",
}


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """The demo's organisations and the people who act in its story."""

    northwind: Organisation
    globex: Organisation
    ada: User
    hugo: User
    carla: User
    sofia: User


async def invite() -> DemoPeople:
    """Open both organisations and give everybody a way in."""
    northwind = await people.add_organisation(
        "Northwind Energy",
        country="GB",
        time_zone="Europe/London",
        language=Language.EN,
        mail_domains=["northwind.example", "energy.northwind.example"],
    )
    globex = await people.add_organisation(
        "Globex Bâtiments",
        country="FR",
        time_zone="Europe/Paris",
        language=Language.FR,
        mail_domains=["globex.example"],
    )
    await _add("member@northwind.example", "Mateo Ruiz", Role.MEMBER, northwind)
    return DemoPeople(
        northwind=northwind,
        globex=globex,
        ada=await _add("superadmin@northwind.example", "Ada Whitfield", Role.SUPER_ADMIN, northwind),
        hugo=await _add("superadmin@globex.example", "Hugo Lambert", Role.SUPER_ADMIN, globex),
        carla=await _add("success@platform.example", "Carla Ferrer", Role.CUSTOMER_SUCCESS, None),
        sofia=await _add("success2@platform.example", "Sofia Lindqvist", Role.CUSTOMER_SUCCESS, None),
    )


async def _add(email: str, name: str, role: Role, organisation: Organisation | None) -> User:
    time_zone = None if organisation else "Europe/Madrid"
    return await people.add_user(
        email, name=name, role=role, password=PASSWORD, organisation=organisation, time_zone=time_zone
    )

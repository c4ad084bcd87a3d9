"""The devices that the viewer is signed in on."""

from datetime import datetime

import strawberry

from backend.api.core.authorization import Audience, SignedIn, visible_to
from backend.api.core.context import Info
from backend.api.core.errors import UserError
from backend.global_ids import global_id, key_in
from backend.identity import devices
from backend.identity.sessions import SessionKind

strawberry.enum(SessionKind, name="ClientKind", description="How a client holds its session.")


@visible_to(Audience.SELF)
@strawberry.type(name="Device", description="A session of the viewer's, by the device that holds it.")
class DeviceType:
    id: strawberry.ID = strawberry.field(description="Opaque and global.")
    name: str = strawberry.field(description="As the client named itself at sign-in, else what its browser says.")
    client: SessionKind = strawberry.field(description="How it holds its session.")
    client_name: str = strawberry.field(description="The same by name, also of a way that only a newer version knows.")
    signed_in_at: datetime = strawberry.field(description="When its session began.")
    last_seen_at: datetime = strawberry.field(description="When it was last used, to the minute.")
    is_this_one: bool = strawberry.field(description="Whether it is the one that asks.")


async def resolve_devices(info: Info) -> list[DeviceType]:
    """Where the viewer is signed in."""
    return [
        DeviceType(
            id=strawberry.ID(global_id("Session", device.session_id)),
            name=device.name,
            client=SessionKind(device.kind),
            client_name=device.kind,
            signed_in_at=device.signed_in_at,
            last_seen_at=device.last_seen_at,
            is_this_one=device.session_id == info.context.session_id,
        )
        for device in await devices.devices_of(info.context.viewer)
    ]


@strawberry.input(description="A device to sign out.")
class SignOutDeviceInput:
    id: strawberry.ID = strawberry.field(description="One of the viewer's devices.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to signOutDevice.")
class SignOutDevicePayload:
    devices: list[DeviceType] | None = strawberry.field(description="The devices that are left; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="Always empty.")


@strawberry.type
class DeviceMutations:
    @strawberry.mutation(extensions=[SignedIn()], description="End the session of one of the viewer's devices.")
    async def sign_out_device(self, info: Info, input: SignOutDeviceInput) -> SignOutDevicePayload:
        await devices.sign_out_device(key_in(input.id, "Session"), by=info.context.viewer)
        return SignOutDevicePayload(devices=await resolve_devices(info))

"""Network addresses as limits count them."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

HOST_BITS = 64
"""Bits of an IPv6 address that its owner chooses freely."""


@lru_cache(maxsize=4096)
def counted_as(address: str) -> str:
    """The key by which limits count an address: an IPv4 address as it is, an IPv6 address by its /64.

    A text that is neither is returned as it is.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return f"{IPv6Address(int(ip) >> HOST_BITS << HOST_BITS)}/{HOST_BITS}"

"""Who asks, as it is counted: the address of one connection, in one form."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

HOUSEHOLD = 64  # bits of an IPv6 address that a connection is given: it chooses the others itself


def connection(host: str | None) -> str:
    """An IPv4 address, however it is written, or the /64 of an IPv6 one; "" for anything else."""
    try:
        address = ip_address((host or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(IPv6Network((address, HOUSEHOLD), strict=False))
        address = address.ipv4_mapped
    return str(address)


def somebody(host: str | None) -> str:
    """The same; "" for an address of our own network: that of our web server, the same for all."""
    counted = connection(host)
    if not counted:
        return ""
    one: IPv4Address | IPv6Address = ip_address(counted.partition("/")[0])
    return counted if one.is_global else ""

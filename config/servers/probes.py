"""Questions that show a child ready to work. Each takes the child's pid and answers at once."""

import http.client
from collections.abc import Callable

from config.servers import postgres, valkey
from config.servers.addresses import Database
from config.servers.places import Places

Probe = Callable[[int], bool]
HTTP_SECONDS = 2.0


def alive(pid: int) -> bool:
    """Call a child ready that merely lives: it says nothing of itself."""
    return pid > 0


def database(login: Database) -> Probe:
    """Return a probe that asks PostgreSQL for a connection."""
    return lambda pid: postgres.answers(login)


def broker(places: Places) -> Probe:
    """Return a probe that asks Valkey who it is.

    The socket may be answered by another process than the child; only the child counts.
    """
    return lambda pid: valkey.process_id(places) == pid


def page(host: str, port: int, path: str) -> Probe:
    """Return a probe that fetches a page and wants 200."""

    def fetch(pid: int) -> bool:
        connection = http.client.HTTPConnection(host, port, timeout=HTTP_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return fetch


def note(places: Places, name: str) -> Probe:
    """Return a probe that reads the note which a worker leaves when ready."""

    def look(pid: int) -> bool:
        try:
            return int((places.ready / name).read_text()) == pid
        except (OSError, ValueError):
            return False

    return look

"""Where everything that a house keeps lies below its VAR_DIR. It only names places.

A *house* is one running set of processes; its VAR_DIR is what tells it from another.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# sun_path holds 108 bytes on Linux and 104 on macOS, and PostgreSQL adds its own file name.
LONGEST_SOCKET_FOLDER = 80


class SocketFolderRefused(RuntimeError):
    """The folder for the sockets cannot be trusted."""


@dataclass(frozen=True)
class Places:
    """The files and folders of one house."""

    root: Path

    @property
    def postgres(self) -> Path:
        """Name PostgreSQL's data folder."""
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        """Name Valkey's data folder."""
        return self.root / "valkey"

    @property
    def logs(self) -> Path:
        """Name the folder with one log a process."""
        return self.root / "log"

    @property
    def ready(self) -> Path:
        """Name the folder where workers say that they are ready."""
        return self.root / "ready"

    @property
    def static(self) -> Path:
        """Name the folder of collected static files."""
        return self.root / "static"

    @property
    def secrets(self) -> Path:
        """Name the file with the generated secrets."""
        return self.root / "secrets.json"

    @property
    def lock(self) -> Path:
        """Name the lock that the supervisor holds."""
        return self.root / "up.lock"

    @property
    def state(self) -> Path:
        """Name the file that describes the running house."""
        return self.root / "up.json"

    @property
    def outside(self) -> Path:
        """Name the file of all messages that the sandbox received."""
        return self.root / "sandbox.jsonl"

    @property
    def sockets(self) -> Path:
        """Name the folder of the unix sockets, short enough for the kernel."""
        recorded = self._recorded_sockets()
        return recorded or self._derived_sockets()

    @property
    def valkey_socket(self) -> Path:
        """Name Valkey's unix socket."""
        return self.sockets / "valkey.sock"

    def prepare(self) -> None:
        """Make the folders, the one with the sockets for its owner only.

        :raises SocketFolderRefused: if the socket folder belongs to somebody else.
        """
        for folder in (self.root, self.logs, self.ready, self.static):
            folder.mkdir(parents=True, exist_ok=True)
        sockets = self._derived_sockets()
        sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sockets.is_symlink() or sockets.stat().st_uid not in _trusted_owners():
            raise SocketFolderRefused(
                f"{sockets} belongs to somebody else. Remove it, or set VAR_DIR to another folder."
            )
        sockets.chmod(0o700)
        self._record.write_text(f"{sockets}\n")

    @property
    def _record(self) -> Path:
        return self.root / "socket-folder"

    def _recorded_sockets(self) -> Path | None:
        """A record counts only if it was made for this folder: checkouts get copied."""
        try:
            recorded = Path(self._record.read_text().strip())
        except OSError:
            return None
        made_here = recorded == self.root / "run" or recorded.name == self._short_name
        return recorded if made_here else None

    def _derived_sockets(self) -> Path:
        here = self.root / "run"
        if len(os.fsencode(here)) <= LONGEST_SOCKET_FOLDER:
            return here
        short = Path(tempfile.gettempdir()) / self._short_name
        if len(os.fsencode(short)) <= LONGEST_SOCKET_FOLDER:
            return short
        return Path("/tmp") / self._short_name  # noqa: S108 - 0700, its owner is checked

    @property
    def _short_name(self) -> str:
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return f"tandem-{os.getuid()}-{digest}"


def of(environ: Mapping[str, str]) -> Places:
    """Return the places of the house that these variables describe."""
    return Places(Path(environ.get("VAR_DIR") or PROJECT / "var").absolute())


def _trusted_owners() -> set[int]:
    # Root may have handed the folder to the account that its private PostgreSQL runs as.
    return {0, 65534} if os.getuid() == 0 else {os.getuid()}

"""Reads docker-compose.yml and runs its commands on this machine, where no engine of Docker runs.

What the engine would do is done by hand: values from .env, secrets as files, names of hosts as
ports of this machine, and a folder that holds what the image holds.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from config.servers import house, keys, places, ports, postgres, unprivileged, valkey
from config.servers.child import Child, Plan
from tests.waiting import until

PROJECT = places.PROJECT
TEXT = (PROJECT / "docker-compose.yml").read_text()
FILE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
THEIRS = ("postgres", "valkey")
OURS = tuple(name for name in SERVICES if name not in THEIRS)
PLACE = re.compile(r"\$\{([A-Z_]+)(:[-?][^}]*)?\}")
SECRETS = {
    "SECRET_KEY": "compose-secret-key-of-more-than-fifty-characters-0123456789",
    "FIELD_KEYS": keys.fresh()["FIELD_KEYS"],
    "POSTGRES_PASSWORD": "a1",
    "OWNER_PASSWORD": "b2",
    "APP_PASSWORD": "c3",
    "ENGINE_PASSWORD": "d4",
    "WATCH_PASSWORD": "f6",
    "VALKEY_PASSWORD": "e5",
    "PUBLIC_URL": "https://tandem.example",
}


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put the values of .env into a text, as compose does."""
    return PLACE.sub(lambda place: values[place[1]], text)


def image(folder: Path) -> Path:
    """Make a folder with what the Dockerfile copies from here, and nothing else."""
    here = folder / "image"
    here.mkdir()
    for line in re.findall(r"^COPY (?!--from)(.+)$", (PROJECT / "Dockerfile").read_text(), re.M):
        *names, _ = line.split()
        for name in names:
            source = PROJECT / name
            if source.is_dir():
                shutil.copytree(source, here / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif "/" not in name:
                shutil.copy(source, here / name)
    return here


@dataclass
class Machine:
    """A fresh PostgreSQL and Valkey made by the files of deploy/, and a place for the services."""

    folder: Path
    image: Path
    providers: Mapping[str, str]
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    @property
    def secrets(self) -> Path:
        """Name the folder that stands for /run/secrets."""
        return self.folder / "secrets"

    def environ(self, service: str) -> dict[str, str]:
        """Return what a container of this service would find in its environment."""
        asked = {
            name: filled(str(value), SECRETS)
            .replace("@postgres:5432", f"@127.0.0.1:{self.ports['postgres']}")
            .replace("@valkey:6379", f"@127.0.0.1:{self.ports['valkey']}")
            for name, value in SERVICES[service]["environment"].items()
        }
        var = self.folder / service
        (var / "ready").mkdir(parents=True, exist_ok=True)
        given = dict(self.providers) if "env_file" in SERVICES[service] else {}
        return {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
            "VAR_DIR": str(var),
            "PORT": str(self.ports["web"]),
            **given,
            **asked,
        }

    def words(self, command: list[str]) -> list[str]:
        """Return a command of the file as it runs here."""
        here = {"python": sys.executable, "0.0.0.0": "127.0.0.1", "8000": str(self.ports["web"])}
        return [here.get(word, word) for word in command]

    def run(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the place of a service, to its end."""
        return subprocess.run(
            self.words(list(command) or SERVICES[service]["command"]),
            cwd=self.image,
            env=self.environ(service),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, service: str) -> None:
        """Start the command of a service."""
        with (self.folder / f"{service}.log").open("w") as log:
            self.running[service] = subprocess.Popen(
                self.words(SERVICES[service]["command"]),
                cwd=self.image,
                env=self.environ(service),
                stdout=log,
                stderr=log,
                text=True,
            )

    def is_healthy(self, service: str) -> bool:
        """Run the health check that the file gives a service."""
        check = SERVICES[service]["healthcheck"]["test"]
        return self.run(service, *check[1:]).returncode == 0

    def log(self, service: str) -> str:
        """Return what a service has printed."""
        return (self.folder / f"{service}.log").read_text()

    def stop(self) -> None:
        """Stop what runs, as compose does, and wait."""
        for process in reversed(self.running.values()):
            process.terminate()
        for process in self.running.values():
            process.wait(20)


@contextmanager
def machine(folder: Path, providers: Mapping[str, str]) -> Iterator[Machine]:
    """Make the machine, with its two servers running, and remove what runs at the end."""
    folder.mkdir(parents=True)
    here = Machine(folder, image(folder), providers)
    here.secrets.mkdir()
    for name, source in FILE["secrets"].items():
        (here.secrets / name).write_text(SECRETS[source["environment"]])
    with ExitStack() as stack:
        for name, first in (("postgres", 15432), ("valkey", 16379), ("web", 18000)):
            reserved = ports.reserve("", ports.LOOPBACK, first)
            stack.callback(reserved.release)
            here.ports[name] = reserved.port
        _postgres(here, stack)
        _valkey(here, stack)
        stack.callback(here.stop)
        yield here


def _postgres(here: Machine, stack: ExitStack) -> None:
    home = places.Places(here.folder / "cluster")
    home.prepare()
    password = {"superuser": SECRETS["POSTGRES_PASSWORD"]}
    postgres.initialise(home, password)
    plan = house.database(home, password, house.plain(home, os.environ), forgetful=True)
    tcp = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={here.ports['postgres']}"]
    settings = SERVICES["postgres"]["command"][1:]
    login = postgres.Database(
        "postgres", "postgres", password["superuser"], "127.0.0.1", str(here.ports["postgres"])
    )
    server = Child(
        Plan(
            name="postgres",
            command=[*plan.command, *tcp, *settings],
            environ=plan.environ,
            ready=lambda pid: postgres.answers(login),
            stop_signal=plan.stop_signal,
            orphan_signal=plan.orphan_signal,
            account=unprivileged.rights().account,
        ),
        home.logs / "postgres.log",
    )
    _run(server, stack)
    psql = Path(postgres.binary("psql")).parent
    subprocess.run(
        [str(PROJECT / "deploy" / "postgres-init.sh")],
        env={
            "PATH": f"{psql}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(here.ports["postgres"]),
            "PGPASSWORD": password["superuser"],
            "POSTGRES_USER": "postgres",
            "SECRETS": str(here.secrets),
            "ROLES_SQL": str(PROJECT / "deploy" / "postgres-roles.sql"),
        },
        check=True,
    )


def _valkey(here: Machine, stack: ExitStack) -> None:
    tools, data = here.folder / "tools", here.folder / "bells"
    tools.mkdir()
    data.mkdir()
    (tools / "valkey-server").symlink_to(valkey.binary())
    service = SERVICES["valkey"]
    command = [str(data) if word == "/data" else word for word in service["command"]]
    server = Child(
        Plan(
            name="valkey",
            command=[
                str(PROJECT / "deploy" / Path(service["entrypoint"][0]).name),
                *command,
                *("--bind", "127.0.0.1", "--port", str(here.ports["valkey"])),
            ],
            environ={"PATH": f"{tools}:{os.environ['PATH']}", "SECRETS": str(here.secrets)},
            ready=lambda pid: pid > 0,
        ),
        here.folder / "valkey.log",
    )
    _run(server, stack)


def _run(server: Child, stack: ExitStack) -> None:
    server.start()
    stack.callback(server.wait_stopped, 0)
    stack.callback(server.ask_to_stop)
    until(server.is_ready, what=f"{server.plan.name}: {server.log}")

"""Writes what a run showed, and what each person received, as pages for the documentation."""

import re
from io import StringIO
from itertools import groupby
from pathlib import Path

from rich.console import Console

from config.demo import views
from config.demo.board import Board, receiver, way_of
from config.demo.case import Case
from config.demo.outside import Message, Outside, arrived_at, is_answer
from config.demo.texts import text_id

DEMO, RECEIVED = "demo.md", "what-people-received.md"
PICTURE = Path("pictures", "demo.svg")
_LINK = re.compile(r"https?://\S+?/a/[0-9A-Z]{16}")
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class Camera:
    """Keeps one picture of the board, taken while somebody is still being rung."""

    def __init__(self, board: Board) -> None:
        self._board, self.picture = board, ""

    def look(self) -> None:
        """Take the picture at the first moment that is worth one."""
        ringing = any(" rings, " in case.stands for case in self._board.cases)
        if not self.picture and ringing and self._board.ended * 5 >= len(self._board.cases):
            console = Console(
                record=True,
                width=118,
                file=StringIO(),
                force_terminal=True,
                color_system="truecolor",
            )
            console.print(views.draw(self._board))
            self.picture = console.export_svg(title="make demo", unique_id="demo")


def write(folder: Path, board: Board, outside: Outside, lines: list[str], picture: str) -> None:
    """Write both pages and the picture into a folder, such as ``docs``."""
    (folder / PICTURE).parent.mkdir(parents=True, exist_ok=True)
    (folder / PICTURE).write_text(picture)
    (folder / DEMO).write_text(_demo_page(board, lines))
    received = [(case, outside.about(case.reference)) for case in board.cases]
    (folder / RECEIVED).write_text(_received_page(board, received))


def _demo_page(board: Board, lines: list[str]) -> str:
    shown = _ADDRESS.sub("http://127.0.0.1:8000", "\n".join(lines).strip())
    return (
        "# The demo, as it ran\n\n"
        'Recorded by `make demo ARGS="--once --record docs"`; do not edit by hand. All patients, '
        "people and practices are invented.\n\n"
        f"{board.pace}\n\n"
        f"![The demo in a terminal]({PICTURE.as_posix()})\n\n"
        "Without a terminal it prints these lines. What each person received, word for word: "
        f"[what people received]({RECEIVED}). How to run and change it: "
        "[watch the demo](tutorials/watch-the-demo.md).\n\n"
        f"```text\n{shown}\n```\n"
    )


def _received_page(board: Board, received: list[tuple[Case, list[Message]]]) -> str:
    parts = [
        "# What each person received, word for word",
        'Recorded from the sandbox by `make demo ARGS="--once --record docs"`; do not edit by '
        "hand. Links are shown as https://…/a/…; times are minutes and seconds after the referral "
        f"was sent. {board.pace} The names in `code` are the texts of "
        "[the messages](reference/messages.md). No message names a patient or says what they have.",
    ]
    for case, messages in received:
        parts.append(f"## {case.name}: {case.tier.replace('_', ' ')}")
        parts.append(f"`{case.id}`, {case.reference}. The article: {case.article}.")
        by_person = sorted(messages, key=lambda m: (receiver(m), arrived_at(m)))
        for person, theirs in groupby(by_person, key=receiver):
            parts.append(f"### {person}")
            parts += [_quoted(message, case) for message in theirs]
    return "\n\n".join(parts) + "\n"


def _quoted(message: Message, case: Case) -> str:
    took = arrived_at(message).timestamp() - _sent(case)
    details, name = message["details"], text_id(message)
    if "caller" in details:
        what = f"by {details['caller']}: {details['outcome']} by {details['spoke_to']}"
    elif is_answer(message):
        what = f"in answer to “{details['answer_to']}”"
    else:
        what = f"`{name}`" if name else ""
    title = [f"**{details['subject']}**", ""] if details.get("subject") else []
    body = _LINK.sub("https://…/a/…", message["body"]).splitlines()
    quoted = "\n".join(f"> {line}".rstrip() for line in [*title, *body])
    return f"+{views.clock(max(0.0, took))} {way_of(message)} {what}\n\n{quoted}"


def _sent(case: Case) -> float:
    return arrived_at({"at": case.sent_at}).timestamp()

"""Two ways to watch a run: a picture that moves in a terminal, and lines for everything else."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from time import monotonic
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from config.demo.board import Board, Fed
from config.demo.case import Case

STYLES = {
    "EMERGENCY": "bold white on red",
    "SAME_DAY": "bold black on yellow",
    "URGENT": "cyan",
    "ROUTINE": "green",
}
_STANDS = {"safe": "green", "accepted": "green", "closed": "bold green", "NOT": "bold red"}
_RINGING = "yellow"
_VERDICTS = {"as it must be": "green", "NOT AS EXPECTED": "bold red"}
_TITLE = "Tandem: nobody here exists, and nothing leaves this machine."


class View(Protocol):
    """Shows a board while the stories are told."""

    def showing(self) -> AbstractContextManager[object]:
        """Return the context within which it is shown."""

    def show(self) -> None:
        """Show how it stands now."""

    def say(self, line: str) -> None:
        """Say something beside what is shown."""


class Lines:
    """One line for each change of a case."""

    def __init__(self, board: Board, say: Callable[[str], None]) -> None:
        self._board, self.say, self._begun = board, say, monotonic()
        self._shown: dict[str, str] = {}

    def showing(self) -> AbstractContextManager[object]:
        """Say what is going on, then leave it to :meth:`show`."""
        self.say(f"{_TITLE}\n{self._board.pace}")
        return nullcontext()

    def show(self) -> None:
        """Print each case that stands differently than before."""
        for case in self._board.cases:
            now = standing(case)
            if case.reference and self._shown.get(case.id) != now:
                self._shown[case.id] = now
                at = clock(monotonic() - self._begun)
                self.say(f"{at}  {case.reference}  {case.tier:<9}  {case.name}: {now}")


class Picture:
    """A table of the cases, the feed of what people receive, and how far it is."""

    def __init__(self, board: Board, console: Console) -> None:
        self._board = board
        self._console = console
        self._live = Live(draw(board), console=console, refresh_per_second=4)

    def showing(self) -> AbstractContextManager[object]:
        """Return the live display."""
        return self._live

    def show(self) -> None:
        """Draw anew."""
        self._live.update(draw(self._board))

    def say(self, line: str) -> None:
        """Print a line, above the picture as long as that moves, in the colours of the tiers."""
        shown = Text(line)
        for word, style in {**STYLES, **_VERDICTS}.items():
            shown.highlight_regex(rf"^{word}|{word}$", style)
        self._console.print(shown)


def view_for(board: Board, console: Console, say: Callable[[str], None], *, live: bool) -> View:
    """Return the picture if a person watches a terminal that can draw, else lines."""
    if live and console.is_terminal and not console.is_dumb_terminal:
        return Picture(board, console)
    return Lines(board, say)


def draw(board: Board) -> RenderableType:
    """Draw the whole board."""
    done = Table.grid(padding=(0, 1), expand=True)
    done.add_column(no_wrap=True)
    done.add_column(ratio=1)
    done.add_row(
        f"{board.ended} of {len(board.cases)} told, {board.closed} loops closed, "
        f"{board.received} messages received",
        ProgressBar(total=len(board.cases), completed=board.ended),
    )
    head = Text(f"{_TITLE}\n{board.pace}", style="bold")
    return Group(head, _cases(board.cases), _feed(list(board.feed)), done)


def standing(case: Case) -> str:
    """Say where a case stands, and at its end whether it ended as it must."""
    if not case.ended:
        return case.course or case.stands
    return f"{case.stands} - as expected" if not case.problems else "NOT AS EXPECTED"


def clock(seconds: float) -> str:
    """Write seconds as minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _cases(cases: list[Case]) -> Table:
    table = Table(expand=True, box=None, padding=(0, 1), header_style="dim")
    table.add_column("referral", no_wrap=True, width=8)
    table.add_column("case", no_wrap=True, ratio=5, overflow="ellipsis")
    table.add_column("tier", no_wrap=True, width=11)
    table.add_column("where it stands now", no_wrap=True, ratio=6, overflow="ellipsis")
    for case in cases:
        now = standing(case)
        style = next((style for word, style in _STANDS.items() if now.startswith(word)), "")
        style = _RINGING if " rings, " in now else style
        tier = Text(f" {case.tier.replace('_', ' ')} ", style=STYLES.get(case.tier, "dim"))
        table.add_row(case.reference, case.name, tier if case.tier else "", Text(now, style=style))
    return table


def _feed(feed: list[Fed]) -> Table:
    table = Table(
        title="what people receive", title_justify="left", expand=True, box=None, padding=(0, 1)
    )
    table.add_column("after", no_wrap=True, width=6, justify="right")
    table.add_column("how", no_wrap=True, width=9, style="magenta")
    table.add_column("who", no_wrap=True, ratio=3, overflow="ellipsis")
    table.add_column("what", no_wrap=True, ratio=6, overflow="ellipsis")
    for fed in feed:
        table.add_row(f"{fed.seconds:.1f}s", fed.way, fed.to, fed.words)
    return table

"""`manage.py bench`: how fast the house is, as ratios to a floor taken in the same run."""

import json
import sys
from dataclasses import asdict
from time import process_time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.bench import floor, load
from config.demo.house import House, HouseFailed
from config.demo.office import DemoFailed
from config.demo.seeding import set_the_cast_up
from referrals import clinical

ASSESSMENTS = 300


class Command(BaseCommand):
    """Starts a house, loads it, and prints figures."""

    help = (
        "Starts the whole service and measures: one assessment, referrals created a second over "
        "HTTP against pgbench's durable inserts on the same server, and the milliseconds from "
        "sending an emergency to the first SMS of each side. Takes about a minute."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--seconds", type=int, default=8, help="length of each load (8)")
        parser.add_argument("--rate", type=float, default=20, help="emergencies a second (20)")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print.

        :raises CommandError: if the house does not start or a measurement fails.
        """
        try:
            with House(self.stderr.write, sys.stderr) as house:
                figures = _measure(house, options["seconds"], options["rate"])
        except (HouseFailed, DemoFailed, floor.BenchFailed) as failure:
            raise CommandError(str(failure)) from failure
        if options["json"]:
            self.stdout.write(json.dumps(figures, indent=1))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name:<46}{value}")


def _measure(house: House, seconds: int, rate: float) -> dict[str, Any]:
    sender = set_the_cast_up(house)[0]
    firsts = load.first_delivery(house, sender, rate=rate, count=int(rate * seconds))
    inserts = floor.durable_inserts(seconds)
    creates = load.creates_a_second(house, sender, seconds)
    return {
        "one assessment, ms of processor time": round(_assessment_ms(), 3),
        "pgbench durable inserts a second": round(inserts),
        "referrals created a second (8 clients)": round(creates, 1),
        "creates as a share of pgbench": f"{creates / inserts:.2%}",
        **{
            f"first SMS to the {side} side at {rate:g}/s, ms": str(asdict(found))
            for side, found in firsts.items()
        },
    }


def _assessment_ms() -> float:
    submission = clinical.read_submission(load.EMERGENCY["findings"])
    begun = process_time()
    for _ in range(ASSESSMENTS):
        clinical.assess(submission)
    return (process_time() - begun) / ASSESSMENTS * 1000

"""One run of the benchmark: in which order things are measured, and what is wanted of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import process_time

from config.bench import backlog, floor, load, machine
from config.bench.figures import Figure
from config.demo.cast import Login
from config.demo.house import House
from referrals import clinical

ASSESSMENTS = 300
BURST = 300
ACKNOWLEDGED = 60
# Acknowledge on both sides, plan, patient, ED handover.
OWED_FOR_AN_EMERGENCY = 5
URGENT_AMONG_ROUTINE = 10

Groups = dict[str, Sequence[Figure]]


@dataclass(frozen=True)
class Plan:
    """How long and how often to measure, and where to say what is being done."""

    seconds: float
    rate: float
    rounds: int
    due: int
    routine: int
    say: Callable[[str], None]


@dataclass(frozen=True)
class _Round:
    """One round of floors and loads, each a second."""

    pgbench: float
    one_row: float
    five_rows: float
    elective: float
    processor: float


def measure(house: House, cast: Sequence[Login], plan: Plan) -> Groups:
    """Measure everything, the urgent path first.

    :raises BenchFailed: if a floor cannot be taken.
    """
    sender, surgeon = cast[0], cast[1]
    plan.say("one assessment")
    triage = Figure("one assessment, processor time", _assessment_ms(), "ms", at_most=1)
    told, links = _told(house, sender, plan)
    plan.say(f"a burst of {BURST} emergencies")
    burst = load.burst(house, sender, BURST)
    _rest(plan)
    answered = _answered(house, surgeon, links, plan)
    memory = _memory()
    throughput = _throughput(house, sender, plan)
    return {
        "Throughput": throughput,
        "From sending an emergency to the first SMS of each side": told,
        f"A burst of {BURST} emergencies": _of_burst(burst),
        "Answering": [*answered, triage],
        "Memory of all processes (PSS)": memory,
        "What piles up": [
            *_behind_routine(house, sender, plan),
            *_due_at_once(house, sender, plan),
        ],
    }


def _told(house: House, sender: Login, plan: Plan) -> tuple[list[Figure], list[str]]:
    load.first_delivery(house, sender, rate=plan.rate, count=int(plan.rate))
    slower = [_told_slower(house, sender, plan.rate / part, plan) for part in (4, 2)]
    _rest(plan)
    plan.say(f"{plan.rate:g} emergencies a second")
    count = int(plan.rate * max(plan.seconds * 2, 1))
    spreads, links = load.first_delivery(house, sender, rate=plan.rate, count=count)
    figures = []
    for side, found in spreads.items():
        at = f"{side} side at {plan.rate:g}/s"
        figures += [
            Figure(f"{at}, p50", found.p50, "ms", at_most=60),
            Figure(f"{at}, p99", found.p99, "ms", at_most=150),
            Figure(f"{at}, told of {count}", found.samples, at_least=count),
        ]
    return [figure for pair in slower for figure in pair] + figures, links


def _told_slower(house: House, sender: Login, rate: float, plan: Plan) -> list[Figure]:
    _rest(plan)
    plan.say(f"{rate:g} emergencies a second")
    count = int(rate * max(plan.seconds, 1))
    spreads, _ = load.first_delivery(house, sender, rate=rate, count=count)
    return [
        Figure(f"{side} side at {rate:g}/s, p50", found.p50, "ms")
        for side, found in spreads.items()
    ]


def _of_burst(burst: load.Burst) -> list[Figure]:
    return [
        Figure("sending them took", burst.sent_in, "s"),
        Figure("sides told first", burst.told, at_least=2 * BURST),
        Figure("last first SMS, after the last POST", burst.firsts, "s", at_most=3),
        Figure("last message of all, after the last POST", burst.all, "s", at_most=20),
    ]


def _answered(house: House, surgeon: Login, links: list[str], plan: Plan) -> list[Figure]:
    plan.say("acknowledging, alone and beside ten readers")
    load.acknowledgements(house, surgeon, links[:10])
    half = min(ACKNOWLEDGED, (len(links) - 10) // 2)
    idle = load.acknowledgements(house, surgeon, links[10 : 10 + half])
    with load.readers(house, surgeon):
        busy = load.acknowledgements(house, surgeon, links[10 + half : 10 + 2 * half])
    return [
        Figure("acknowledge, idle, p99", idle.p99, "ms"),
        Figure("acknowledge beside 10 clients x 5 GET/s, p99", busy.p99, "ms"),
        Figure("ratio of the two", round(busy.p99 / idle.p99, 1), at_most=3),
    ]


def _behind_routine(house: House, sender: Login, plan: Plan) -> list[Figure]:
    plan.say(f"an emergency behind {plan.routine} routine messages")
    one_by_one = partial(load.first_delivery, house, sender, rate=2, count=URGENT_AMONG_ROUTINE)
    idle, _ = one_by_one()
    _rest(plan)
    with backlog.routine_messages(plan.routine):
        busy, _ = one_by_one()
    _rest(plan)
    name = f"first SMS behind {plan.routine:,} routine messages"
    before, behind = (max(one.p50 for one in found.values()) for found in (idle, busy))
    return [
        Figure("first SMS, nothing else to do, p50", before, "ms"),
        Figure(f"{name}, p50", behind, "ms"),
        Figure(f"{name}, times the idle latency", round(behind / before, 1), at_most=2),
    ]


def _due_at_once(house: House, sender: Login, plan: Plan) -> list[Figure]:
    missing = plan.due - backlog.ringing()
    plan.say(f"emergencies, until {plan.due} rungs can be due")
    load.emergencies(house, sender, max(0, -(-missing // OWED_FOR_AN_EMERGENCY)))
    _rest(plan)
    plan.say(f"{plan.due} rungs due at one instant")
    fired, seconds = backlog.fire_at_once()
    return [
        Figure("urgent rungs due at one instant", fired, at_least=plan.due),
        Figure("the last of them fired after", seconds, "s", at_most=60),
    ]


def _throughput(house: House, sender: Login, plan: Plan) -> list[Figure]:
    with floor.table(), floor.bare_view() as bare:
        rounds = []
        for number in range(plan.rounds):
            plan.say(f"floors and creates, round {number + 1} of {plan.rounds}")
            rounds.append(_round(house, sender, bare, plan))
            _rest(plan)
    plan.say("creating emergencies")
    emergencies = load.creates_a_second(house, sender, load.EMERGENCY, plan.seconds)
    return [
        Figure(
            "creates as a share of pgbench's durable inserts",
            round(100 * median(one.elective / one.pgbench for one in rounds), 2),
            "%",
            at_least=3,
        ),
        Figure(
            "creates as a share of a bare view inserting five such rows",
            round(100 * median(one.elective / one.five_rows for one in rounds), 1),
            "%",
            at_least=33.3,
        ),
        Figure("elective referrals created", _median(rounds, "elective"), "/s"),
        Figure("emergencies created", round(emergencies, 1), "/s"),
        Figure(
            "processor time of the whole house for one create",
            _median(rounds, "processor"),
            "ms",
        ),
        Figure("floor: pgbench, one durable insert", _median(rounds, "pgbench"), "/s"),
        Figure("floor: bare view, one row", _median(rounds, "one_row"), "/s"),
        Figure("floor: bare view, five rows of these sizes", _median(rounds, "five_rows"), "/s"),
    ]


def _round(house: House, sender: Login, bare: str, plan: Plan) -> _Round:
    pgbench = floor.durable_inserts(plan.seconds)
    one_row = load.posts_a_second(f"{bare}/one", plan.seconds)
    five_rows = load.posts_a_second(f"{bare}/five", plan.seconds)
    before = machine.processor_seconds()
    elective = load.creates_a_second(house, sender, load.ELECTIVE, plan.seconds)
    used = machine.processor_seconds() - before
    return _Round(pgbench, one_row, five_rows, elective, 1000 * used / elective / plan.seconds)


def _median(rounds: list[_Round], name: str) -> float:
    return round(median(getattr(one, name) for one in rounds), 1)


def _memory() -> list[Figure]:
    found = machine.memory()
    # The sandbox is the world outside, and runs in no clinic.
    total = round(sum(size for name, size in found.items() if name != "sandbox"), 1)
    each = [Figure(name, size, "MiB") for name, size in found.items()]
    return [Figure("all together, without the sandbox", total, "MiB", at_most=550), *each]


def _rest(plan: Plan) -> None:
    plan.say("waiting until the engine has done its work")
    machine.wait_until_quiet()


def _assessment_ms() -> float:
    submission = clinical.read_submission(load.EMERGENCY["findings"])
    begun = process_time()
    for _ in range(ASSESSMENTS):
        clinical.assess(submission)
    return round((process_time() - begun) / ASSESSMENTS * 1000, 3)

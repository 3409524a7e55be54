"""Tells the stories side by side, each on a thread of its own, while the house is kept alive."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from threading import Event, Thread
from time import monotonic

from config.demo import verdict
from config.demo.case import Case
from config.demo.cast import ELSEWHERE, office_of
from config.demo.hands import Stage
from config.demo.office import DemoFailed, System, wait_for
from config.demo.story import Scene, Story
from referrals.models.practice import Specialty

LOOK_AGAIN = 0.1
BETWEEN_STARTS = 0.35
BETWEEN_LOOKS = 1.0


def cases_of(stories: tuple[Story, ...]) -> list[Case]:
    """Return an empty case for each story."""
    return [
        Case(story.id, story.name, story.article, direction=_direction(story)) for story in stories
    ]


def _direction(story: Story) -> str:
    is_pain = office_of(story.sender).specialty == Specialty.PAIN
    return "pain to spine" if is_pain else "spine to pain"


def send(systems: dict[str, System], story: Story, case: Case, earlier: Case | None = None) -> str:
    """Have the sender's system send the referral of a story; return its address.

    :param earlier: the case that came to the sender, and that this one answers.
    """
    sender = systems[office_of(story.sender).name]
    to = {"practice": systems[story.to.name].login.id} if story.to else {"specialty": "spine"}
    record = story.record.body(datetime.now(UTC).date(), f"DEMO-{uuid.uuid4().hex[:10]}")
    who = {"to": to, "by": sender.person(story.sender.name)}
    more = {"call_back": story.sender.phone}
    if earlier:
        more["based_on"] = earlier.links["self"].rsplit("/", 1)[1]
    case.sent_at = datetime.now(UTC).isoformat()
    referral = sender.post("/api/v1/referrals", who | more | record)
    case.tier, case.links = referral["tier"], referral["links"]
    case.why = [flag["reason"] for flag in referral["red_flags"]] or referral["reasons"]
    case.stands = "sent"
    # Last: from now on others look at the case.
    case.reference = referral["reference"]
    return str(referral["links"]["self"])


class Telling:
    """All stories of one run, each with its case."""

    def __init__(self, stage: Stage, stories: tuple[Story, ...], cases: list[Case]) -> None:
        self._stage, self._stories, self.cases = stage, stories, cases
        self._over = Event()

    def run(self, show: Callable[[], None]) -> None:
        """Tell them all; ``show`` is called again and again meanwhile."""
        tellers = [
            Thread(target=self._tell, args=(place,), daemon=True)
            for place in range(len(self._stories))
        ]
        Thread(target=self._watch, daemon=True).start()
        pause, waiting = Event(), list(tellers)
        next_start = monotonic()
        while waiting or any(teller.is_alive() for teller in tellers):
            if waiting and monotonic() >= next_start:
                waiting.pop(0).start()
                next_start = monotonic() + BETWEEN_STARTS
            self._stage.house.revive()
            show()
            pause.wait(LOOK_AGAIN)
        self._over.set()
        self._count()
        show()

    def _tell(self, place: int) -> None:
        story, case = self._stories[place], self.cases[place]
        begun = monotonic()
        try:
            earlier = self._that_it_answers(story)
            begun = monotonic()
            here = send(self._stage.systems, story, case, earlier)
            story.tell(Scene(self._stage, case, here))
            verdict.read(case, self._stage, story)
            answers = earlier.reference if earlier else ""
            case.must(case.answers == answers, f"linked to {case.answers or 'no referral'}")
            verdict.first_told(case, self._stage)
            outsider = self._stage.systems[ELSEWHERE.name]
            case.must(not outsider.sees(here), "a practice that has no part in it can read it")
        except DemoFailed as failure:
            case.problems.append(str(failure))
        except Exception as error:
            # Whatever a thread raises must end as a case that is not as expected, not as silence.
            case.problems.append(f"{type(error).__name__}: {error}")
        case.seconds = round(monotonic() - begun, 2)

    def _that_it_answers(self, story: Story) -> Case | None:
        earlier = next((case for case in self.cases if case.id == story.answers), None)
        if earlier:
            told, house = earlier, self._stage.house
            wait_for(lambda: told.ended, f"the end of the story '{told.name}'", house)
        return earlier

    def _watch(self) -> None:
        while not self._over.wait(BETWEEN_LOOKS):
            for story, case in zip(self._stories, self.cases, strict=True):
                urgent = case.tier in ("EMERGENCY", "SAME_DAY")
                if not (case.reference and urgent) or case.ended:
                    continue
                try:
                    here = case.links["coordination"]
                    case.stands = verdict.stands(self._stage.system_of(story.sender).get(here))
                except DemoFailed:
                    continue

    def _count(self) -> None:
        # Notices that nobody has to answer may still be on their way.
        for story, case in zip(self._stories, self.cases, strict=True):
            if not case.reference:
                continue
            try:
                wait_for(
                    partial(verdict.count_messages, case, self._stage, story),
                    f"the last message about {case.reference}",
                    self._stage.house,
                )
            except DemoFailed as failure:
                case.problems.append(str(failure))
            case.must(case.lost == 0, f"{case.lost} messages were lost")
            unsent = story.must.texts - set(case.texts)
            case.must(not unsent, f"not sent: {', '.join(sorted(unsent))}")

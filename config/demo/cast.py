"""The practices and people of the demo. Nobody here exists; every name says DEMO."""

from dataclasses import dataclass, field

from coordination.escalation import ANSWERING_SERVICE, EMAIL, SMS, VOICE
from coordination.models import OnCallShift
from referrals.models.practice import Role, Specialty

PRIMARY, BACKUP = OnCallShift.Level.PRIMARY, OnCallShift.Level.BACKUP
# Of everybody in the demo who answers by the link of an SMS. A real PIN is one person's secret.
PIN = "246810"
ZONE = "America/Chicago"
HOSPITAL, HOSPITAL_PHONE = "DEMO Community Hospital", "+15550100911"


@dataclass(frozen=True)
class Person:
    """One invented person; ``reached`` maps a channel to the address there.

    Who has a ``username`` can sign in at the desk.
    """

    name: str
    role: Role
    reached: tuple[tuple[str, str], ...]
    credentials: str = ""
    on_call: str = ""
    username: str = ""

    @property
    def full_name(self) -> str:
        """The name as messages and timeline show it."""
        return f"{self.name}, {self.credentials}" if self.credentials else self.name

    @property
    def surname(self) -> str:
        """The last word of the name."""
        return self.name.rsplit(" ", 1)[-1]

    @property
    def phone(self) -> str:
        """The mobile number."""
        return dict(self.reached)[SMS]


@dataclass(frozen=True)
class Office:
    """One invented practice with its people and its front desk.

    ``webhook`` names the address outside where the office's own system takes our events.
    """

    name: str
    short_name: str
    specialty: Specialty
    region: str
    front_desk: str
    people: tuple[Person, ...]
    capabilities: tuple[str, ...] = ()
    webhook: str = ""

    @property
    def desk(self) -> str:
        """The front desk as the timeline shows it."""
        return f"{self.short_name} front desk"


@dataclass(frozen=True)
class Login:
    """What one office of the demo needs to call the API: a fresh key and its people's ids."""

    practice: str
    id: str
    key: str
    people: dict[str, str]
    desk: str
    accounts: list[dict[str, str]] = field(default_factory=list)


def _mobile(number: str, mail: str, *, voice: bool = False) -> tuple[tuple[str, str], ...]:
    called = ((VOICE, number),) if voice else ()
    return ((SMS, number), (EMAIL, mail), *called)


OSEI = Person(
    "Dr DEMO Amara Osei",
    Role.CLINICIAN,
    _mobile("+15550100101", "osei@lakeside-pain.example", voice=True),
    "MD",
    PRIMARY,
)
LIND = Person(
    "DEMO Jo Lind",
    Role.COORDINATOR,
    _mobile("+15550100102", "lind@lakeside-pain.example"),
    username="lind",
)
MENON = Person(
    "Dr DEMO Ravi Menon",
    Role.CLINICIAN,
    _mobile("+15550100201", "menon@northwest-spine.example", voice=True),
    "MD, FAANS",
    PRIMARY,
    username="menon",
)
LUND = Person(
    "Dr DEMO Eva Lund",
    Role.CLINICIAN,
    _mobile("+15550100202", "lund@northwest-spine.example", voice=True),
    "MD",
    BACKUP,
)
VARGA = Person(
    "Dr DEMO Tomas Varga",
    Role.CLINICIAN,
    _mobile("+15550100203", "varga@northwest-spine.example", voice=True),
    "MD",
)
BECK = Person(
    "Dr DEMO Paul Beck",
    Role.CLINICIAN,
    _mobile("+15550100301", "beck@fox-river-spine.example", voice=True),
    "MD",
    PRIMARY,
)
REYES = Person(
    "DEMO Sam Reyes",
    Role.COORDINATOR,
    _mobile("+15550100401", "reyes@network.example"),
    username="reyes",
)
SALL = Person(
    "Dr DEMO Ibrahim Sall",
    Role.CLINICIAN,
    _mobile("+15550100501", "sall@prairie-pain.example"),
    "DO",
    PRIMARY,
)
QUIST = Person(
    "Dr DEMO Nora Quist", Role.CLINICIAN, ((ANSWERING_SERVICE, "+15550100600"),), "MD", PRIMARY
)
STRAND = Person(
    "Dr DEMO Olaf Strand",
    Role.CLINICIAN,
    _mobile("+15550100701", "strand@elsewhere-pain.example"),
    "MD",
    PRIMARY,
)

LAKESIDE = Office(
    "DEMO Lakeside Pain Clinic",
    "LAKESIDE PAIN",
    Specialty.PAIN,
    "Cook North-West",
    "desk@lakeside-pain.example",
    (OSEI, LIND),
)
NORTHWEST = Office(
    "DEMO Northwest Spine",
    "NORTHWEST SPINE",
    Specialty.SPINE,
    "Cook North-West",
    "desk@northwest-spine.example",
    (MENON, LUND, VARGA),
    ("emergency",),
    webhook="northwest-spine",
)
FOX_RIVER = Office(
    "DEMO Fox River Spine",
    "FOX RIVER SPINE",
    Specialty.SPINE,
    "Kane",
    "desk@fox-river-spine.example",
    (BECK,),
    ("emergency",),
)
NETWORK = Office(
    "DEMO Referral Network",
    "NETWORK",
    Specialty.COORDINATION,
    "Illinois",
    "desk@network.example",
    (REYES,),
)
PRAIRIE_PAIN = Office(
    "DEMO Prairie Pain",
    "PRAIRIE PAIN",
    Specialty.PAIN,
    "DeKalb",
    "desk@prairie-pain.example",
    (SALL,),
)
# A solo surgeon, reached through an answering service only; no emergencies.
PRAIRIE_SPINE = Office(
    "DEMO Prairie Spine",
    "PRAIRIE SPINE",
    Specialty.SPINE,
    "DeKalb",
    "desk@prairie-spine.example",
    (QUIST,),
)
# The outsider: no referral of the demo is any of its business.
ELSEWHERE = Office(
    "DEMO Elsewhere Pain",
    "ELSEWHERE PAIN",
    Specialty.PAIN,
    "Lake",
    "desk@elsewhere-pain.example",
    (STRAND,),
)

# The first two are the README's pain clinic and surgeon's office.
OFFICES = (LAKESIDE, NORTHWEST, FOX_RIVER, NETWORK, PRAIRIE_PAIN, PRAIRIE_SPINE, ELSEWHERE)


def office_of(person: Person) -> Office:
    """Return where somebody works."""
    return next(office for office in OFFICES if person in office.people)

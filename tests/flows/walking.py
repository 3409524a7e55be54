"""How stories bring a referral to where they begin: over HTTP, one act after another."""

from tests.cast import Cast, Office, OfficeClient
from tests.walls import routes

START = "/api/v1/referrals"
# How a referral comes to each status: who does what, at which address.
_TAKEN = (("receiver", "acknowledgement"), ("receiver", "acceptance"))
_BOOKED = (*_TAKEN, ("receiver", "appointment"))
WAYS = {
    "sent": (),
    "received": _TAKEN[:1],
    "accepted": _TAKEN,
    "scheduled": _BOOKED,
    "no_show": (*_BOOKED, ("receiver", "no-show")),
    "visit_cancelled": (*_BOOKED, ("receiver", "visit-cancellation")),
    "seen": (*_BOOKED, ("receiver", "visit")),
    "cancel_requested": (*_BOOKED, ("sender", "cancellation")),
    "awaiting_information": (*_TAKEN, ("receiver", "information-request")),
    "reported": (*_BOOKED, ("receiver", "report")),
    "declined": (*_TAKEN, ("receiver", "decline")),
}


class Story:
    """One referral from one practice to another, and the systems of both."""

    def __init__(self, cast: Cast, sender: Office, receiver: Office, **given: object) -> None:
        self.cast = cast
        self.offices = {"sender": sender, "receiver": receiver, "outsider": cast.outsider}
        self.clients = {side: OfficeClient(office.key) for side, office in self.offices.items()}
        body = {"to": {"practice": str(receiver.practice.uuid)}, **given}
        self.sent = self.clients["sender"].send(START, body)
        assert self.sent.status_code == 201, self.sent.content
        self.here = self.sent.json()["links"]["self"]

    def card(self, side="sender"):
        """The referral as one side is shown it."""
        return self.clients[side].get(self.here).json()

    def events(self):
        """What happened, the oldest first."""
        return self.clients["sender"].get(f"{self.here}/timeline").json()["events"]

    def act(self, side, address, version=None, **more):
        """Do one act with a whole, valid body, on the version as it is now unless one is given."""
        office = self.offices[side]
        body = routes.valid_body(f"{routes.HERE}/{address}", self.cast, office) | more
        if address == "acceptance" and "plan" not in more:
            # Who receives the patient is said of an urgent case alone.
            body.pop("plan")
        version = self.card()["version"] if version is None else version
        return self.clients[side].send(f"{self.here}/{address}", body, If_Match=f'"v{version}"')

    def walk(self, status):
        """Bring the referral to a status."""
        for side, address in WAYS[status]:
            answer = self.act(side, address)
            assert answer.status_code == 200, (address, answer.content)
        assert self.card()["status"] == status
        return self

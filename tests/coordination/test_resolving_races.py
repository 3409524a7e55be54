"""A red flag that fires while somebody resolves it: never lost between the two."""

import threading

from referrals import services
from referrals.models import RedFlag
from referrals.services import red_flags
from tests import factories as make
from tests.cast import behind_the_wall
from tests.coordination.threads import at_once
from tests.referrals.services import life
from tests.referrals.services.by_hand import IMAGING, add, person

MRN = {"patient": {"family_name": "DEMO", "mrn": "MRN-7", "is_demo": True}}
PATIENCE = 2  # Seconds. Whoever waits for the patient's row cannot say so.


def test_a_red_flag_that_fires_while_it_is_being_resolved_is_open_afterwards(town, monkeypatch):
    first, other = life.send(town, make.FOOT_DROP_TODAY, **MRN), life.send(town, **MRN)
    flag, by = RedFlag.objects.get(), person(town.pain)
    resolved, fired = threading.Event(), threading.Event()
    tell = red_flags._tell

    def tell_late(*given):
        tell(*given)
        resolved.set()
        fired.wait(PATIENCE)

    def resolve():
        with behind_the_wall(by):
            services.resolve(flag.pk, IMAGING, by=by)

    def fire():
        resolved.wait(PATIENCE)
        add(other, by, make.FOOT_DROP_TODAY)
        fired.set()

    monkeypatch.setattr(red_flags, "_tell", tell_late)
    assert at_once(resolve, fire, role_name="app") == [None, None]
    assert life.again(other).is_urgent
    assert RedFlag.objects.unresolved(first.patient_id).get().referral_id == other.pk

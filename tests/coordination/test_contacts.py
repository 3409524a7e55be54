"""How people are reached: what counts as an address, and who is told first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.escalation import ALL, SPOKEN, Recipient
from coordination.models import ContactPoint, Delivery
from coordination.services import AddressRefused, add_contact_point, contacts, people
from referrals import clock
from tests import factories as make
from tests.coordination import stories as s

TELEPHONES = ("sms", *SPOKEN)
NUMBERS = {
    "+1 312 555 0100": "+13125550100",
    "(312) 555-0100": "+13125550100",
    "312.555.0100": "+13125550100",
    " +13125550100 ": "+13125550100",
    "+44 20 7946 0018": "+442079460018",
    "+15550000001": "+15550000001",
}
NO_NUMBERS = ("", "12", "911", "+1", "desk@spine.example", "call me", "+999 1", "1" * 40, "\0",
              "+1 312 555 0100 ext. 7", "tel:+1", "+1555000000123456")  # fmt: skip
NO_MAILS = ("", "desk", "desk@", "@spine.example", "a b@spine.example", "+13125550100",
            "desk@spine.example\nBcc: x@y.example", "desk@spine.example, x@y.example")  # fmt: skip


@pytest.mark.parametrize("channel", TELEPHONES)
@pytest.mark.parametrize(("written", "kept"), NUMBERS.items())
def test_a_number_is_kept_as_the_provider_writes_it(cast, channel, written, kept):
    assert add_contact_point(cast.pain.practice, channel=channel, address=written).address == kept


@pytest.mark.parametrize("channel", TELEPHONES)
@pytest.mark.parametrize("written", NO_NUMBERS)
def test_what_is_no_number_is_refused_by_name_and_not_repeated(cast, channel, written):
    before = ContactPoint.objects.count()
    with pytest.raises(AddressRefused, match=r"^address: this is not a telephone number") as told:
        add_contact_point(cast.pain.practice, channel=channel, address=written)
    assert len(written) < 2 or written not in str(told.value).replace("+1 312 555 0100", "")
    assert ContactPoint.objects.count() == before


@pytest.mark.parametrize("written", NO_MAILS)
def test_what_is_no_mail_address_is_refused_by_name(cast, written):
    with pytest.raises(AddressRefused, match=r"^address: this is not an e-mail address"):
        add_contact_point(cast.pain.practice, channel="email", address=written)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(written):
    try:
        assert contacts._telephone(written).startswith("+")
    except AddressRefused:
        return


def reached(office, *roles):
    return [
        (point.practitioner_id, point.channel)
        for point in people.reach(
            roles, ALL, referral=None, practice_id=office.practice.pk, at=clock.now()
        )
    ]


def test_a_persons_sms_comes_first_and_the_desk_last(cast):
    make.make_front_desk(cast.spine.practice, channel="sms")
    found = reached(cast.spine, Recipient.ON_CALL, Recipient.FRONT_DESK)
    person = cast.spine.clinician.pk
    assert found == [
        (person, "sms"), (person, "voice"), (person, "email"), (None, "sms"), (None, "email"),
    ]  # fmt: skip


def test_an_sms_to_anybody_comes_before_a_mail_to_the_first(cast):
    ContactPoint.objects.filter(practitioner=cast.spine.clinician, channel="sms").delete()
    second = make.make_person(cast.spine.practice)
    found = reached(cast.spine, Recipient.GROUP)
    assert found[0] == (second.pk, "sms")


def test_the_first_delivery_of_each_side_is_a_persons_sms(cast, run_engine):
    s.send(cast.pain)
    run_engine()
    first = Delivery.objects.filter(priority=0)
    assert {(one.obligation.specialty, one.channel) for one in first} == {
        ("pain", "sms"), ("spine", "sms"),
    }  # fmt: skip
    assert all(one.contact_point.practitioner_id for one in first)

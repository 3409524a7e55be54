"""The way in: a password, then a code; no way around it, and an end to every session."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessAttemptExpiration
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from referrals.admin.gate import IDLE, LONGEST, SINCE
from referrals.api.client_address import client_address
from referrals.models import Authenticator
from referrals.services import accounts
from tests.desk import people as p

LOGIN, SECOND = "/admin/login/", "/admin/second-factor/"


@pytest.fixture
def client():
    return p.OfficeClient()


@pytest.fixture
def nurse(cast):
    return p.make_account(cast.pain.coordinator)


@pytest.fixture
def newcomer(cast):
    return p.make_account(cast.pain.coordinator, "newcomer", enrolled=False)


def password(client, account, **given):
    typed = {"username": account.user.username, "password": account.password} | given
    return client.post(LOGIN, typed, follow=True)


def second(client, code):
    return client.post(SECOND, {"code": code}, follow=True)


def is_in(client):
    return client.get(p.LIST).status_code == 200


def test_a_password_and_a_code_open_the_urgent_list(client, nurse):
    assert "authenticator shows now" in p.text(password(client, nurse))
    assert not is_in(client)
    answer = second(client, p.code())
    assert answer.redirect_chain[-1][0].endswith(p.URGENT)
    assert is_in(client)


def test_a_password_alone_opens_nothing(client, nurse, cast):
    password(client, nurse)
    for address in ("/admin/", p.URGENT, "/admin/password_change/", "/admin/referrals/apikey/"):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"][: len(SECOND)]) == (302, SECOND)
    assert client.post("/admin/password_change/", {"old_password": "x"}).status_code == 302


@pytest.mark.parametrize(
    "wrong", ["", "000000", "12345", "abcdef", "\N{FULLWIDTH DIGIT ONE}" * 6, "0" * 400]
)
def test_a_wrong_code_opens_nothing(client, nurse, wrong):
    password(client, nurse)
    answer = second(client, wrong)
    assert answer.status_code == 400
    assert "This code is not right" in p.text(answer)
    assert not is_in(client)


def test_a_code_opens_once(client, nurse):
    code = p.code()
    password(client, nurse)
    second(client, code)
    other = p.OfficeClient()
    password(other, nurse)
    assert second(other, code).status_code == 400
    assert not is_in(other)


def test_after_a_wrong_code_even_the_right_one_has_to_wait(client, nurse):
    Authenticator.objects.update(
        throttling_failure_count=3, throttling_failure_timestamp=timezone.now()
    )
    password(client, nurse)
    assert second(client, p.code()).status_code == 400


def test_a_newcomer_enrols_an_authenticator_and_is_in(client, newcomer):
    shown = p.text(password(client, newcomer))
    assert "data:image/svg+xml" in shown
    device = Authenticator.objects.get(user=newcomer.user)
    assert not device.confirmed
    assert second(client, "000000").status_code == 400
    Authenticator.objects.update(throttling_failure_count=0)
    second(client, p.code(device.seed))
    assert is_in(client)
    device.refresh_from_db()
    assert device.confirmed


def test_whoever_has_an_authenticator_is_never_shown_a_new_one(client, nurse):
    assert "svg" not in p.text(password(client, nurse))
    with pytest.raises(accounts.EnrolmentRefused, match="already"):
        accounts.begin_enrolment(User.objects.get(pk=nurse.user.pk))


def test_an_old_password_sign_in_is_not_enough_to_enrol(client, newcomer):
    password(client, newcomer)
    User.objects.update(last_login=timezone.now() - timedelta(hours=1))
    answer = client.get(SECOND)
    assert "data:image" not in p.text(answer)
    assert "Sign in with your password again" in p.text(answer)


def test_the_seed_is_stored_encrypted(nurse):
    stored = bytes(Authenticator.objects.get(user=nurse.user).encrypted_seed)
    assert p.SEED not in stored
    assert p.SEED.hex().encode() not in stored


def test_guessing_passwords_locks_out_in_words_and_only_the_guesser(client, nurse):
    for _ in range(4):
        password(client, nurse, password="guess")
    answer = password(client, nurse, password="guess")
    assert answer.status_code == 429
    assert "held back for 15 minutes" in p.text(answer)
    assert password(client, nurse).status_code == 429
    elsewhere = p.OfficeClient()
    elsewhere.defaults["REMOTE_ADDR"] = "192.0.2.7"
    assert "authenticator shows now" in p.text(password(elsewhere, nurse))


@pytest.mark.parametrize("behind_a_proxy", [True, False])
def test_behind_a_proxy_a_guesser_is_known_by_the_address_the_proxy_saw(
    nurse, settings, behind_a_proxy
):
    settings.BEHIND_TLS_PROXY = behind_a_proxy
    guesser, person = p.OfficeClient(), p.OfficeClient()
    # What a visitor invents stands first; what the proxy saw stands last.
    guesser.defaults["HTTP_X_FORWARDED_FOR"] = "198.51.100.7, 203.0.113.9"
    person.defaults["HTTP_X_FORWARDED_FOR"] = "198.51.100.7"
    for _ in range(5):
        password(guesser, nurse, password="guess")
    assert password(guesser, nurse).status_code == 429
    # Without a proxy of ours nobody believes the header: both come from this machine.
    assert password(person, nurse).status_code == (200 if behind_a_proxy else 429)


@pytest.mark.parametrize("odd", ["", "unknown", "203.0.113.9, ", "1.2.3.4:80", "\0"])
def test_a_header_without_an_address_changes_nothing(rf, settings, odd):
    settings.BEHIND_TLS_PROXY = True
    request = rf.get("/", HTTP_X_FORWARDED_FOR=odd, REMOTE_ADDR="192.0.2.7")
    assert client_address(request) == "192.0.2.7"


def test_wrong_codes_cost_minutes_and_never_hours(nurse):
    Authenticator.objects.update(
        throttling_failure_count=30,
        throttling_failure_timestamp=timezone.now() - timedelta(minutes=5),
    )
    assert accounts.check_code(nurse.user, p.code()).confirmed


def test_starting_over_forgets_the_wrong_codes_of_before(nurse):
    Authenticator.objects.update(
        throttling_failure_count=9, throttling_failure_timestamp=timezone.now()
    )
    accounts.start_over(nurse.user.username)
    seed = Authenticator.objects.get(user=nurse.user).seed
    assert accounts.check_code(nurse.user, p.code(seed)).confirmed


def test_the_device_of_somebody_else_verifies_nobody(client, nurse, cast):
    other = p.make_account(cast.spine.clinician, "other")
    password(client, nurse)
    session = client.session
    session["otp_device_id"] = Authenticator.objects.get(user=other.user).persistent_id
    session[SINCE] = timezone.now().timestamp()
    session.save()
    assert not is_in(client)


def test_a_session_ends_without_a_request_and_after_twelve_hours(cast):
    client = p.at_the_desk(cast.pain.coordinator)
    assert is_in(client)
    left = Session.objects.get().expire_date - timezone.now()
    assert left <= IDLE
    session = client.session
    session[SINCE] = timezone.now().timestamp() - LONGEST.total_seconds() - 1
    session.save()
    assert not is_in(client)


def test_who_has_left_is_out_at_once(cast):
    client = p.at_the_desk(cast.pain.coordinator)
    assert is_in(client)
    cast.pain.coordinator.is_active = False
    cast.pain.coordinator.save(update_fields=["is_active"])
    assert not is_in(client)


def test_starting_over_ends_sessions_and_has_a_new_authenticator_enrolled(cast, client):
    signed_in = p.at_the_desk(cast.pain.coordinator, "nora")
    accounts.start_over("nora")
    assert not is_in(signed_in)
    assert not Authenticator.objects.get().confirmed
    assert Authenticator.objects.get().seed != p.SEED


def test_signing_out_needs_a_press_and_ends_it(cast):
    client = p.at_the_desk(cast.pain.coordinator)
    assert client.get("/admin/logout/").status_code == 405
    client.post("/admin/logout/")
    assert not is_in(client)


def test_after_the_sign_in_nobody_is_sent_to_another_site(client, nurse):
    password(client, nurse)
    typed = {"code": p.code(), "next": "https://example.org/"}
    assert client.post(SECOND, typed)["Location"] == "/admin/"


def test_the_desk_alone_may_compile_expressions(client, nurse):
    assert "'unsafe-eval'" in client.get(LOGIN)["Content-Security-Policy"]
    for address in ("/healthz", "/a/0000000000000000", "/api/v1/docs", "/administer"):
        assert "unsafe" not in client.get(address)["Content-Security-Policy"]


def test_a_person_changes_their_own_password_and_stays_signed_in(client, nurse):
    password(client, nurse)
    second(client, p.code())
    new = "a-quite-new-password"
    typed = {"old_password": nurse.password, "new_password1": new, "new_password2": new}
    assert client.post("/admin/password_change/", typed).status_code == 302
    nurse.user.refresh_from_db()
    assert nurse.user.check_password(new)
    assert is_in(client)


def test_one_wrong_password_is_forgotten_after_a_right_one(client, nurse):
    assert password(client, nurse, password="not this one").status_code == 200
    assert "authenticator shows now" in p.text(password(client, nurse))


def test_an_old_wrong_password_shuts_nobody_out(client, nurse, cast):
    password(client, nurse, password="not this one")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(days=1))
    AccessAttemptExpiration.objects.update(expires_at=timezone.now() - timedelta(days=1))
    other = p.make_account(cast.spine.coordinator, "other")
    assert "authenticator shows now" in p.text(password(p.OfficeClient(), other))
    assert "authenticator shows now" in p.text(password(client, nurse))

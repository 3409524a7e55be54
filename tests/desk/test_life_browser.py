"""An elective referral in a real browser, from sent to closed, by the people of two practices."""

import re
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from referrals.models.consult_note import ITEMS
from tests import factories as make
from tests.desk.test_browser import grave, off_the_side

SPINE = "DEMO Northwest Spine"
PEOPLE = ("DEMO Ortiz", "DEMO Weber", "DEMO Haas")


@pytest.fixture(scope="module")
def elective(desk):
    """Send an elective referral to the surgeon's practice; return the address of its page."""
    key = {"Authorization": f"Bearer {desk.keys['pain']}"}
    found = httpx.get(f"{desk.house.url}/api/v1/practices", headers=key).json()["practices"]
    (spine,) = (one["id"] for one in found if one["name"] == SPINE)

    def send(number: int) -> str:
        body = {
            "to": {"practice": spine}, "findings": make.STABLE_CLAUDICATION,
            "patient": {"family_name": PEOPLE[number], "given_name": "Kim", "demo": True},
            "clinical_question": "Would an operation help?", "reason_code": "CO_MANAGEMENT",
        }  # fmt: skip
        headers = key | {"Idempotency-Key": f"desk-elective-{number}"}
        sent = httpx.post(f"{desk.house.url}/api/v1/referrals", json=body, headers=headers)
        assert sent.status_code == 201, sent.text
        return f"{desk.house.url}/admin/referrals/referral/{sent.json()['id']}/"

    return send


def press(page, name):
    """Press the button of an act and wait for what is said after it."""
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_text("Recorded", exact=False).first.wait_for()


def takes_the_focus(it):
    """Hold that the page gives it the focus first; a window behind another has none to give."""
    it.wait_for()
    assert it.evaluate("it => it === document.querySelector('[autofocus]') && it.tabIndex === -1")


def choose(page, name):
    """Choose one of "More acts"."""
    page.get_by_role("link", name=name, exact=True).click()
    heading = page.get_by_role("heading", name=name, exact=True)
    takes_the_focus(heading)


def hour(days=3):
    return (timezone.now() + timedelta(days=days)).strftime("%Y-%m-%dT10:30")


def looks_right(page):
    assert grave(page) == []
    assert off_the_side(page) == []


def test_a_life_from_sent_to_closed(desk, visitor, elective):
    address = elective(0)
    surgeon, nurse = visitor("surgeon"), visitor("nurse")
    surgeon.goto(f"{desk.house.url}/admin/referrals/referral/?list=to_answer")
    surgeon.get_by_role("link", name=f"{PEOPLE[0]}, Kim").click()
    choose(surgeon, "Ask the sender for something")
    surgeon.get_by_label("What is missing").fill("The MRI report.")
    looks_right(surgeon)
    press(surgeon, "Ask the sender for something")

    nurse.goto(address)
    nurse.get_by_label("Your answer").fill("Severe stenosis at L4/5.")
    press(nurse, "Answer what is asked")

    surgeon.goto(address)
    press(surgeon, "Accept this patient")
    surgeon.get_by_role("textbox", name=re.compile("^When")).fill(hour())
    press(surgeon, "Book a visit")
    choose(surgeon, "The patient did not come")
    press(surgeon, "The patient did not come")
    surgeon.get_by_role("textbox", name=re.compile("^When")).fill(hour(5))
    press(surgeon, "Book a visit")
    press(surgeon, "Record that the patient was seen")
    _report(surgeon)
    press(surgeon, "Send the report")
    looks_right(surgeon)

    nurse.goto(f"{desk.house.url}/admin/referrals/referral/?list=to_close")
    nurse.get_by_role("link", name=f"{PEOPLE[0]}, Kim").click()
    nurse.get_by_role("link", name="Read the report").click()
    looks_right(nurse)
    press(nurse, "Close the referral")
    assert "Nothing for you to press now" in nurse.locator(".desk-primary").inner_text()


def _report(page):
    page.get_by_label("On which day the patient was seen").fill("2026-11-23")
    page.get_by_label("What you recommend").select_option("CONSERVATIVE_CARE")
    page.get_by_label("Does the patient know when to come back at once?").select_option("yes")
    page.get_by_label("Have you looked at the pictures yourself?").select_option("yes")
    for says in ITEMS.values():
        page.get_by_label(says.rstrip("."), exact=False).fill("DEMO words of the surgeon.")


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (390, False)])
def test_a_decline_that_says_too_little_leads_to_its_field(desk, visitor, elective, width, dark):
    page = visitor("surgeon", width=width, dark=dark)
    page.goto(f"{elective(1)}?act=decline")
    page.get_by_label("Why?").select_option("OTHER")
    page.get_by_role("button", name="Decline this referral").click()
    problem = page.get_by_role("alert")
    takes_the_focus(problem)
    looks_right(page)
    problem.get_by_role("link", name="In words, if the reason needs them").click()
    field = page.get_by_label("In words, if the reason needs them")
    assert field.get_attribute("aria-invalid") == "true"
    assert page.get_by_label("Why?").input_value() == "OTHER"


def test_of_two_people_at_once_the_second_reads_why_and_keeps_what_they_typed(
    desk, visitor, elective
):
    address = elective(2)
    first, second = visitor("surgeon"), visitor("surgeon")
    for page in (first, second):
        page.goto(f"{address}?act=request_information")
    second.get_by_label("What is missing").fill("The letter of the first surgeon.")
    first.goto(address)
    press(first, "I have seen this")
    second.get_by_role("button", name="Ask the sender for something").click()
    assert "Somebody changed this referral" in second.get_by_role("alert").inner_text()
    typed = second.get_by_label("What is missing")
    assert typed.input_value() == "The letter of the first surgeon."
    press(second, "Ask the sender for something")

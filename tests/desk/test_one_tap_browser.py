"""The one-tap page in a real browser: small, without JavaScript, by keyboard, on a telephone."""

import os
import re
import threading
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db.backends.signals import connection_created
from django.utils import timezone

from config.servers.places import PROJECT
from coordination import engine
from coordination.models import Plan
from referrals.services.pins import set_pin
from referrals.services.practices import register_emergency_department
from tests.cast import make_cast, role
from tests.coordination import stories as s
from tests.coordination.links import coordinator, desk, link, pain, ring_the_network, surgeon

pytestmark = pytest.mark.timeout(180)

PIN = "402917"
PICTURE = PROJECT / "docs/pictures/one-tap.png"
PHONE, SCREEN = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SMALLEST = 44


@pytest.fixture
def app_role():
    """Let the server's threads be the app, as in a clinic; the test itself stays the owner."""
    test = threading.get_ident()

    def become_app(connection, **given):
        if threading.get_ident() != test:
            with connection.cursor() as cursor:
                cursor.execute('SET ROLE "tandem_app"')

    connection_created.connect(become_app)
    yield
    connection_created.disconnect(become_app)


@pytest.fixture
def story(transactional_db, sandbox, app_role):
    cast = make_cast()
    set_pin(cast.spine.clinician.pk, PIN)
    register_emergency_department(
        cast.spine.practice,
        ed_name="DEMO General Hospital",
        ed_phone="+15550009111",
        mri_around_the_clock=True,
        spine_cover="on call",
        transfer_agreement=True,
        reviewed_at="2026-11-01",
    )
    referral = s.send(cast.pain, call_back="+15550004321")
    with role("engine"):
        engine.work_until_idle()
    return cast, referral


@pytest.fixture
def phone(browser):
    """A telephone whose browser runs no JavaScript."""
    context = browser.new_context(
        viewport=PHONE, java_script_enabled=False, timezone_id="America/Chicago"
    )
    yield context.new_page()
    context.close()


def seen_by(browser, address, *, scheme, size):
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    for fold in page.locator("summary").all():
        fold.click()
    return context, page


def test_a_surgeon_accepts_on_a_telephone_without_javascript(story, live_server, phone):
    cast, referral = story
    phone.goto(live_server.url + link(referral, surgeon(cast)))
    phone.get_by_text("Accept: I take this patient").click()
    assert phone.get_by_label("Where").input_value() == "DEMO General Hospital"
    soon = (timezone.now() + timedelta(hours=1)).astimezone(cast.spine.practice.zone)
    phone.get_by_role("textbox", name=re.compile("^When")).fill(soon.strftime("%Y-%m-%dT%H:%M"))
    phone.get_by_label("Your PIN").fill(PIN)
    phone.get_by_role("button", name="Accept and record the plan").click()
    assert "accepts, and the plan is on record" in phone.get_by_role("status").first.inner_text()
    kept = Plan.objects.get(referral=referral)
    assert (kept.place, kept.disposition) == ("DEMO General Hospital", "emergency_department")


@pytest.mark.parametrize("size", [PHONE, SCREEN], ids=["telephone", "screen"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_its_targets_are_large(
    story, live_server, browser, size, scheme
):
    cast, referral = story
    ring_the_network(referral)
    for who, side in (
        (surgeon(cast), "spine"),
        (desk(cast), "spine"),
        (pain(cast), "pain"),
        (coordinator(cast), "spine"),
    ):
        address = live_server.url + link(referral, who, side)
        context, page = seen_by(browser, address, scheme=scheme, size=size)
        grave = [
            f"{one['id']}: {one['nodes'][0]['html']}"
            for one in Axe().run(page).response["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
        assert grave == []
        assert too_small(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        context.close()


def too_small(page):
    return [
        target.evaluate("one => one.outerHTML")
        for target in page.locator("a, button, summary, input, select").all()
        if target.is_visible() and target.bounding_box()["height"] < SMALLEST
    ]


def test_a_small_target_would_be_found(page):
    page.set_content(
        '<a href="#" style="font-size: 8px">x</a><button style="height:3rem">y</button>'
    )
    assert too_small(page) == ['<a href="#" style="font-size: 8px">x</a>']


def test_the_keyboard_goes_in_the_order_of_reading_and_answers(story, live_server, page):
    cast, referral = story
    page.goto(live_server.url + link(referral, surgeon(cast)))
    heights = []
    while page.evaluate("document.activeElement.textContent").strip() != "Sign in for details":
        page.keyboard.press("Tab")
        heights.append(page.evaluate("document.activeElement.getBoundingClientRect().top"))
        assert len(heights) < 20
    assert heights == sorted(heights)
    assert len(heights) >= 6
    page.get_by_role("button", name="Seen").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Seen is not accepted").wait_for()
    assert s.owed(referral, "acknowledge", "spine").state == "answered"


def test_the_whole_page_weighs_at_most_15_kilobytes(story, live_server, page):
    cast, referral = story
    sizes = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto(live_server.url + link(referral, surgeon(cast)))
    page.wait_for_load_state("networkidle")
    assert len(sizes) >= 2
    assert sum(sizes) <= 15_000


def test_the_deadline_comes_first_and_is_above_the_fold_with_the_three_answers(
    story, live_server, browser
):
    cast, referral = story
    context = browser.new_context(viewport=PHONE, device_scale_factor=2)
    page = context.new_page()
    page.goto(live_server.url + link(referral, surgeon(cast)))
    assert page.locator("h1").inner_text().startswith("Answer by")
    tops = [
        page.get_by_text(words).first.bounding_box()["y"]
        for words in ("Answer by", "Accept: I take", "Seen: I accept", "Cannot: send")
    ]
    assert tops == sorted(tops)
    assert tops[-1] < PHONE["height"]
    if os.environ.get("PICTURES") == "write":
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE, full_page=True)
    context.close()

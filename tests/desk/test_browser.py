"""The desk in a real browser and a running house: keyboard, narrow, dark, axe, pictures."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from config.servers import keys, postgres
from config.servers.places import PROJECT
from coordination.alarms import ALARMS
from tests.desk.conftest import sign_in
from tests.faults.reference_run import frozen

PICTURES = PROJECT / "docs" / "pictures"
LARGEST = 250_000
GRAVE = {"serious", "critical"}


def grave(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes'][:4]]}"
        for one in found
        if one["impact"] in GRAVE
    ]


def off_the_side(page):
    """Text that leaves the window or its own frame; a table scrolls by itself."""
    return page.evaluate("""() => [...document.querySelectorAll("#content *")].filter(one => {
        const frame = one.closest("section"), right = one.getBoundingClientRect().right;
        const edge = frame ? frame.getBoundingClientRect().right : window.innerWidth;
        return !one.children.length && one.textContent.trim() && one.checkVisibility() &&
            one.getBoundingClientRect().width > 1 && !one.closest(".desk-scroll, table") &&
            right > Math.min(edge, window.innerWidth) + 1;
    }).map(one => one.outerHTML)""")


ADDRESSES = {
    "urgent": "/admin/referrals/referral/?list=urgent",
    "all": "/admin/referrals/referral/",
    "find": "/admin/referrals/referral/find/",
    "contacts": "/admin/coordination/contactpoint/",
    "calls": "/admin/coordination/calltask/",
    "empty": "/admin/coordination/delivery/",
    "shift": "/admin/coordination/oncallshift/add/",
    "coverage": "/admin/coordination/oncallshift/coverage/",
    "rotation": "/admin/coordination/oncallshift/coverage/rotation/",
}


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", [*ADDRESSES, "referral"])
def test_axe_finds_nothing_grave_and_nothing_runs_off_the_side(desk, visitor, name, width, dark):
    page = visitor("surgeon", width=width, dark=dark)
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    address = ADDRESSES.get(name)
    page.goto(f"{desk.house.url}{address}" if address else desk.page_of())
    assert grave(page) == []
    assert off_the_side(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert errors == []


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_grave_at_the_door(desk, browser, dark):
    context = browser.new_context(color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.goto(f"{desk.house.url}/admin/login/")
    assert grave(page) == []
    context.close()


def test_the_surgeon_acknowledges_without_a_mouse(desk, visitor):
    page = visitor("surgeon")
    page.goto(desk.page_of(1))
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    button = page.get_by_role("button", name="I have seen this")
    for _ in range(60):
        if button.evaluate("it => it === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Recorded: your side has seen it.").wait_for()
    assert page.get_by_role("button", name="I have seen this").count() == 0
    assert "Accept this patient" in page.locator(".desk-primary").inner_text()


def test_the_most_urgent_is_one_press_away(desk, visitor):
    page = visitor("nurse")
    page.goto(f"{desk.house.url}/admin/")
    page.locator(".desk-patient").first.click()
    page.wait_for_url(f"**/{desk.cases[0]['id']}/")
    first = page.locator("#content").inner_text()
    assert "911" in first[:200]


@pytest.mark.parametrize(
    ("name", "address"), [("desk-urgent", ADDRESSES["urgent"]), ("desk-referral", "")]
)
def test_the_pictures_of_the_documents_can_be_taken(desk, visitor, tmp_path, name, address):
    folder = PICTURES if os.environ.get("PICTURES") == "write" else tmp_path
    page = visitor("nurse")
    page.goto(f"{desk.house.url}{address}" if address else desk.page_of())
    page.evaluate("document.fonts.ready")
    path = Path(folder) / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=False)
    assert 10_000 < path.stat().st_size <= LARGEST


def test_a_first_sign_in_is_password_scan_and_code(desk, browser):
    made = desk.house.manage(
        "add_staff_account", "beck", "--practitioner", "Dr DEMO Paul Beck", "--json"
    )
    who = {"username": "beck", "password": made.stdout.split('"password": "')[1].split('"')[0]}
    context = browser.new_context()
    sign_in(context.new_page(), desk, who)
    context.close()


RED = """
    UPDATE coordination_heartbeat SET alarms = '{ladder-overdue,loop-stale}',
        at = now() + interval '1 min' WHERE component = 'watchdog'
"""


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)], ids=["wide", "narrow"])
def test_what_is_wrong_with_tandem_stands_above_everything_picture(
    desk, visitor, tmp_path, width, dark
):
    here = desk.house.places
    login = replace(postgres.superuser(here, keys.read(here.secrets)), name="tandem")
    with frozen(desk.house, "watchdog"), postgres.connect(login) as database:
        database.execute(RED)
        page = visitor("surgeon", width=width, dark=dark)
        page.goto(f"{desk.house.url}{ADDRESSES['urgent']}")
        said = page.locator(".desk-alarm")
        assert ALARMS["ladder-overdue"].desk in said.inner_text()
        assert said.bounding_box()["y"] < page.locator("#content").bounding_box()["y"]
        assert grave(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width == 1280:
            folder = PICTURES if os.environ.get("PICTURES") == "write" else tmp_path
            page.screenshot(path=folder / "desk-alarm.png")
            assert (folder / "desk-alarm.png").stat().st_size < LARGEST
        database.execute("UPDATE coordination_heartbeat SET at = now()")

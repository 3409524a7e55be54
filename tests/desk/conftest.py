"""A desk in a running house: the demo's cast, three cases, and one person of each side."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests import factories as make
from tests.desk import people
from tests.live import LiveHouse
from tests.waiting import until

PATIENTS = (
    ("DEMO Rivera", "Ana", "1961-04-12", make.CAUDA_EQUINA),
    ("DEMO Novak", "Jan", "1974-09-30", make.FOOT_DROP_TODAY),
    ("DEMO Ito", "Ken", "1950-01-05", make.STABLE_CLAUDICATION),
)


@dataclass
class Desk:
    """The running house and who may sign in."""

    house: LiveHouse
    cases: list[dict[str, object]]
    surgeon: dict[str, str]
    nurse: dict[str, str]
    keys: dict[str, str]

    def page_of(self, place: int = 0) -> str:
        """Return the address of the page of a case."""
        return f"{self.house.url}/admin/referrals/referral/{self.cases[place]['id']}/"


@pytest.fixture(scope="module")
def desk(live_house: LiveHouse) -> Desk:
    """A house with its cast, its cases told, and two accounts."""
    logins = json.loads(_done(live_house.manage("demo_cast", "--json")))
    cases = [_send(live_house, logins[0], patient) for patient in PATIENTS]
    headers = {"Authorization": f"Bearer {logins[0]['key']}"}
    address = f"{live_house.url}/api/v1/referrals/{cases[0]['id']}/coordination"
    until(lambda: httpx.get(address, headers=headers).json()["obligations"], what="people told")
    keys = {"pain": logins[0]["key"]}
    return Desk(live_house, cases, _anew(live_house, "menon"), _anew(live_house, "lind"), keys)


def _send(house: LiveHouse, login: dict[str, object], patient: tuple) -> dict[str, object]:  # type: ignore[type-arg]
    family, given, born, findings = patient
    body = {
        "to": {"specialty": "spine"},
        "patient": {
            "family_name": family, "given_name": given, "birth_date": born, "sex": "unknown",
            "mrn": f"DEMO-{born[:4]}", "phone": "+15550107777", "demo": True,
        },
        "findings": findings,
        "reason_code": "RED_FLAG",
        "clinical_question": "Does this need decompression today?",
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {login['key']}", "Idempotency-Key": f"desk-case-{born}"}
    made = httpx.post(f"{house.url}/api/v1/referrals", json=body, headers=headers)
    assert made.status_code == 201, made.text
    return made.json()


def _anew(house: LiveHouse, username: str) -> dict[str, str]:
    # As after a lost telephone, so that the first sign-in enrols one.
    words = ("add_staff_account", username, "--start-over", "--json")
    return json.loads(_done(house.manage(*words)))


def _done(run: object) -> str:
    assert run.returncode == 0, run.stderr  # type: ignore[attr-defined]
    return run.stdout  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def signed_in(browser: Browser, desk: Desk) -> dict[str, Path]:
    """The cookies of the surgeon and the nurse, after a first sign-in in the browser."""
    return {
        name: _cookies(browser, desk, who)
        for name, who in (("surgeon", desk.surgeon), ("nurse", desk.nurse))
    }


def _cookies(browser: Browser, desk: Desk, who: dict[str, str]) -> Path:
    context = browser.new_context()
    sign_in(context.new_page(), desk, who)
    path = desk.house.places.root / f"{who['username']}.json"
    context.storage_state(path=path)
    context.close()
    return path


def sign_in(page: Page, desk: Desk, who: dict[str, str]) -> None:
    """Sign in for the first time, as a person does: password, scan, code."""
    page.goto(f"{desk.house.url}/admin/")
    page.get_by_label("User name").fill(who["username"])
    page.get_by_label("Password").fill(who["password"])
    page.get_by_role("button", name="Next").click()
    seed = people.seed_of(page.locator("#key").inner_text())
    page.get_by_label("Code").fill(people.code(seed))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/referrals/referral/**")


@pytest.fixture
def visitor(
    request: pytest.FixtureRequest, browser: Browser, signed_in: dict[str, Path]
) -> Iterator[Callable[..., Page]]:
    """Open a page as the surgeon or the nurse, of a given width and in a given light."""
    contexts: list[BrowserContext] = []

    def open_as(who: str, *, width: int = 1280, dark: bool = False) -> Page:
        context = browser.new_context(
            storage_state=signed_in[who],
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        return context.new_page()

    yield open_as
    for context in contexts:
        context.close()

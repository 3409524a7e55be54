"""How the tests of this package begin: a town whose rows threads see, and one emergency."""

from collections.abc import Callable

import pytest
from django.core.cache import cache

from referrals.models import Referral
from tests.cast import Cast, OfficeClient
from tests.coordination import stories as s

CANARY = "Canary"


@pytest.fixture(autouse=True)
def _no_misses_yet() -> None:
    cache.clear()


@pytest.fixture
def emergency(cast: Cast, run_engine: Callable[[], int]) -> Referral:
    """An emergency whose people have been told."""
    referral = s.send(cast.pain, patient={"family_name": CANARY, "is_demo": True})
    run_engine()
    return referral


@pytest.fixture
def visitor() -> OfficeClient:
    """Somebody who opens a link."""
    return OfficeClient()

"""A town whose rows are committed, so that threads see them.

Its rows are removed by TRUNCATE, which no row trigger and no row policy hinders.
"""

import pytest

from tests.cast import Cast, make_cast


@pytest.fixture
def town(transactional_db: None) -> Cast:
    """The cast, committed."""
    return make_cast()

"""What can be pressed on the referral page: ACTS says, for each act, the form and the service.

A form is checked by the shapes of the API. Nothing here decides; services do.
"""

from collections.abc import Mapping

from coordination.admin.acts.act import VIA, Act, Press
from coordination.admin.acts.answering import ANSWERING
from coordination.admin.acts.by_hand import BY_HAND
from coordination.admin.acts.course import COURSE
from coordination.admin.acts.ending import ENDING

__all__ = ["ACTS", "VIA", "Act", "Press"]

# In the order in which they stand on the page, but for the grave ones, which stand last.
ACTS: Mapping[str, Act] = {**ANSWERING, **COURSE, **ENDING, **BY_HAND}

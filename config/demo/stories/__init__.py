"""The fifteen referrals of the demo, to the end: the article's own cases and their look-alikes."""

from config.demo.stories.after_procedure import AFTER_PROCEDURE
from config.demo.stories.back_to_pain import BACK_TO_PAIN
from config.demo.stories.emergencies import EMERGENCIES
from config.demo.stories.look_alikes import LOOK_ALIKES
from config.demo.stories.same_day import SAME_DAY
from config.demo.stories.second_opinion import SECOND_OPINION
from config.demo.story import Story

STORIES: tuple[Story, ...] = (
    *EMERGENCIES,
    *SAME_DAY,
    *AFTER_PROCEDURE,
    *LOOK_ALIKES,
    *SECOND_OPINION,
    *BACK_TO_PAIN,
)

"""A second held-out set: matplotlib draws it, and nothing of it is shared with the training data.

Other fonts, layouts, wordings and half of the words. `sample(seed)` goes round the skills, so that
any stretch of seeds has equally many of each.
"""

from random import Random

from tools.demo_model.sample import Sample
from tools.demo_model.second_set.picture_questions import (
    ask_color,
    ask_count,
    ask_highest,
    ask_kind,
    ask_title,
)
from tools.demo_model.second_set.text_questions import ask_for_call, ask_thinking

_MAKERS = (ask_kind, ask_count, ask_color, ask_title, ask_highest, ask_for_call, ask_thinking)


def sample(seed: int) -> Sample:
    """One question and its answer; the same on every machine."""
    return _MAKERS[seed % len(_MAKERS)](Random(f"second/{seed}"))

"""Questions and answers about the motion in a video."""

from random import Random

from tools.demo_model.pictures.scenes.moving_scene import MotionFacts
from tools.demo_model.talk.english import a
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_MOTION = Wordings("scenes/motion")


def ask_motion(rng: Random, facts: MotionFacts) -> Turn:
    kind = "subject" if rng.random() < 0.25 else "motion"
    subject = f"{facts.color} {facts.name}".strip()
    return _MOTION.ask(
        rng, kind, name=facts.name, subject=subject, a_subject=a(subject), motion=facts.motion
    )

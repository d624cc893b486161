"""What happens in a clip."""

from random import Random

from tools.demo_model.pictures.scenes.moving_scene import MotionFacts
from tools.demo_model.talk.english import article
from tools.demo_model.talk.turn import Turn, asked


def ask_motion(rng: Random, facts: MotionFacts) -> Turn:
    subject = f"{facts.color} {facts.name}".strip()
    if rng.random() < 0.25:
        question = asked(
            rng,
            "What moves in the video?",
            "What is in the video?",
            "What do you see in this clip?",
        )
        answer = f"The video shows {article(subject)} {subject}. It {facts.motion}."
        return Turn(question=question, answer=answer, skill="video", expected=facts.motion)
    question = asked(
        rng,
        "What happens in the video?",
        "Describe the video.",
        "What moves where?",
        "What is happening in this clip?",
        f"How does the {facts.name} move?",
        f"What does the {facts.name} do?",
        "Caption the content of this video:",
    )
    return Turn(
        question=question,
        answer=f"The {subject} {facts.motion}.",
        skill="video",
        expected=facts.motion,
    )

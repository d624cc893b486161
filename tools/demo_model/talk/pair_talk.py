"""What two pictures have in common and what not."""

from random import Random

from tools.demo_model.pictures.scenes.scene import SceneFacts
from tools.demo_model.talk.english import number_word
from tools.demo_model.talk.kind_talk import NOUN_BY_KIND
from tools.demo_model.talk.scene_talk import contents
from tools.demo_model.talk.turn import Turn, asked

_ORDINALS = ("first", "second")


def ask_pair_kinds(rng: Random, kinds: tuple[str, str]) -> Turn:
    """About two pictures of any kind."""
    first, second = (NOUN_BY_KIND[kind] for kind in kinds)
    if first != second and rng.random() < 0.4:
        index = rng.randrange(2)
        question = asked(
            rng,
            f"Which picture is {NOUN_BY_KIND[kinds[index]]}?",
            f"Which of the two images is {NOUN_BY_KIND[kinds[index]]}?",
        )
        answer = f"The {_ORDINALS[index]} picture is {NOUN_BY_KIND[kinds[index]]}."
        return Turn(question=question, answer=answer, skill="pair", expected=_ORDINALS[index])
    question = asked(
        rng,
        "What kinds of pictures are these?",
        "What do the two images show?",
        "Compare the two pictures.",
        "What is the difference between the two pictures?",
        "How do the images differ?",
    )
    if first == second:
        answer = f"Both are the same kind: each is {first}."
        return Turn(question=question, answer=answer, skill="pair", expected=kinds[0])
    answer = f"The first picture is {first}, the second is {second}."
    return Turn(question=question, answer=answer, skill="pair", expected=answer)


def ask_pair_scenes(rng: Random, facts: tuple[SceneFacts, SceneFacts]) -> Turn:
    """About two scenes."""
    counts = [len(scene.items) for scene in facts]
    if counts[0] != counts[1] and rng.random() < 0.5:
        index = counts.index(max(counts))
        noun = "things" if facts[0].subject != facts[1].subject else facts[0].subject
        question = asked(
            rng,
            f"Which picture shows more {noun}?",
            f"Which image has more {noun}?",
            f"In which picture are there more {noun}?",
        )
        other = counts[1 - index]
        answer = (
            f"The {_ORDINALS[index]} picture shows more: "
            f"{number_word(counts[index])} against {number_word(other)}."
        )
        return Turn(
            question=question,
            answer=answer,
            skill="pair",
            expected=_ORDINALS[index],
            thought=f"The first picture has {counts[0]}, the second has {counts[1]}.",
        )
    question = asked(
        rng,
        "What is the difference between the two pictures?",
        "How do the images differ?",
        "Compare the two pictures.",
        "What do the two images show?",
    )
    shown = [contents(scene) for scene in facts]
    if shown[0] == shown[1]:
        answer = f"Both pictures show {shown[0]}."
    else:
        answer = f"The first picture shows {shown[0]}, the second shows {shown[1]}."
    return Turn(question=question, answer=answer, skill="pair", expected=answer)

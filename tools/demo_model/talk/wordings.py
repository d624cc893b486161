"""Questions and answers from a data file."""

from random import Random
from typing import Any

from tools.demo_model.tables import table
from tools.demo_model.talk.turn import Turn, asked


class Wordings:
    """The questions, answers and other wordings of one subject, all format strings of names.

    A kind of question has `questions` to choose from, an `answer`, what is `expected` in it, the
    `skill` that it shows, and at times a `thought`.
    """

    def __init__(self, name: str) -> None:
        self._table = table(f"talk/{name}")

    def __getitem__(self, key: str) -> Any:
        return self._table[key]

    def ask(self, rng: Random, kind: str, /, **names: str | int) -> Turn:
        """One of the questions of a kind, with its answer."""
        return self.answer(kind, asked(rng, self._table[kind]["questions"], **names), **names)

    def answer(self, kind: str, question: str, /, **names: str | int) -> Turn:
        """The answer of a kind to a question that is already put."""
        entry = self._table[kind]
        return Turn(
            question=question,
            answer=entry["answer"].format(**names),
            skill=entry["skill"],
            expected=entry["expected"].format(**names),
            thought=entry.get("thought", "").format(**names),
        )

    def say(self, key: str, /, **names: str | int) -> str:
        """A sentence of that key."""
        return self._table[key].format(**names)

"""Says true things about the pictures: questions, answers, captions, whole conversations."""

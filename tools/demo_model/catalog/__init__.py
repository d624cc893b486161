"""The words, things, colors, typefaces and classes that pictures and talk are made of."""

"""The phases of tools.gpu.report: a module each, with a function that takes a Workbench."""

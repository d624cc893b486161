"""What tools.gpu.report measures: a module a phase, each with a function that takes a Workbench."""

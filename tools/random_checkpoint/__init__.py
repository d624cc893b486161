"""Checkpoints in the released format, and models, with random weights: for tests and benchmarks.

checkpoint  writes a folder that a server can load: write_random_checkpoint
sizes       the sizes of such a model: RandomSizes
weights     draws its tensors, under their released names
model       builds the model from the same draws, without files: random_model
shards      writes tensors to safetensors files without a second copy of them
"""

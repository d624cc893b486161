"""The model in plain torch. Knows tensors and steps; knows no requests, text, protobuf or files.

Letters in shapes: T tokens in the step, S sequences in the step, R rows that get logits, H heads,
D head size, N state size, G groups, P Mamba head size, K convolution width, C channels, L tiles,
V vocabulary.
"""

"""What the process that decodes a video and the server agree on."""

# The first thing that the process writes. What goes wrong before is no fault of the file.
READY = b"ready\n"

# How the process ends: the file needs more memory than it may have, or the fault is the server's.
NEEDS_TOO_MUCH, SERVER_FAULT = 3, 70

# For all frames together, whose sides are halved until this holds. Of 128 frames, each still has a
# million pixels, four times as many as the model uses.
MAX_PIXELS = 2**27

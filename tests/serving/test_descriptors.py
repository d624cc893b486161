import subprocess
import sys

SCRIPT = """
import resource
from serving.descriptors import descriptor_limit, raise_descriptor_limit
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, min(hard, 500)))
print(raise_descriptor_limit(), descriptor_limit(), raise_descriptor_limit())
"""


def test_the_soft_limit_becomes_the_hard_one() -> None:
    """In a process of its own, since a lowered hard limit cannot be raised again."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["500", "500", "500"]

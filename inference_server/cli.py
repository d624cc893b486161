"""The command: settings in, exit code out."""

import asyncio
import logging
import os
import sys

from inference_server.lifecycle import run
from inference_server.observability.log import configure_logging
from inference_server.settings import SettingError, read_settings, unknown_variables

logger = logging.getLogger(__name__)


def main() -> None:
    """Runs the server. Exits 0 when told to stop, 1 on failure, 2 on a setting that cannot be."""
    try:
        config = read_settings(sys.argv[1:], os.environ)
    except SettingError as error:
        sys.stderr.write(f"nemotron-vl-server: {error}\n")
        sys.exit(2)
    configure_logging(config.log.log_level, is_jsonl=config.log.jsonl_logging)
    unknown = unknown_variables(os.environ)
    if unknown:
        logger.warning("ignored, since no setting of this server: %s", ", ".join(unknown))
    # Before torch is imported, which reads it then: threads that wait by spinning take the cores
    # from whatever else runs there, and one busy neighbour makes tokens twenty times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    code = asyncio.run(run(config))
    logging.shutdown()
    # Neither a thread that still loads nor a stuck engine may keep the process from ending.
    os._exit(code)

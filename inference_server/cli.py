"""The command: settings in, exit code out."""

import asyncio
import logging
import os
import sys
import warnings

from inference_server.lifecycle import run
from inference_server.settings import SETTINGS
from serving.descriptors import raise_descriptor_limit
from serving.log import configure_logging
from serving.settings_reader import SettingError

logger = logging.getLogger(__name__)


def main() -> None:
    """Runs the server. Exits 0 when told to stop, 1 on failure, 2 on an invalid setting, 3 when
    the server no longer answers."""
    try:
        config = SETTINGS.read(sys.argv[1:], os.environ)
    except SettingError as error:
        sys.stderr.write(f"{SETTINGS.program}: {error}\n")
        sys.exit(2)
    configure_logging(config.log)
    if unknown := SETTINGS.unknown_variables(os.environ):
        logger.warning("ignored variables that are no settings: %s", ", ".join(unknown))
    raise_descriptor_limit()
    # Pillow warns of every kind of damage in the metadata of callers' images.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    # Before torch is imported, which reads it then: threads that wait by spinning take the cores
    # from whatever else runs there, and one busy neighbor makes tokens twenty times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    code = asyncio.run(run(config))
    logging.shutdown()
    # Neither a thread that still loads nor a stuck engine may keep the process from ending.
    os._exit(code)

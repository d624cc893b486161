import sys

from http_gateway.cli import main

sys.exit(main())

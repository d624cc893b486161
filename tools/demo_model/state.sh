#!/bin/sh
# Prints a hash of the folder's files. The file `drawn` holds it as of the last `make demo-model`.
set -eu
cd "$(dirname "$0")"
git ls-files -co --exclude-standard . ':!drawn' | LC_ALL=C sort -u | xargs sha256sum | sha256sum | cut -d ' ' -f 1

#!/usr/bin/env bash
# Shows that the mount bears a tree and a directory of very many files, with 1024 descriptors: the tests of
# test/end-to-end/scale.test.ts with more files than in the suite. Says how much memory the daemon takes.
# Takes some minutes, and an inode for each file below TMPDIR, twice.
#
# Usage: scripts/scale.sh [FILES]        1,000,000 unless told otherwise
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export MARKERFS_FILES=${1:-1000000}
exec scripts/test.sh --timeout=60m dist/test/end-to-end/scale.test.js

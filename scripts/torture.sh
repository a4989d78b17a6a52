#!/usr/bin/env bash
# Changes a tree at random, through several programs, and does it harm in the middle of that, again and again:
#   kills    the daemon, `markerfs ship` or the agent of a slave behind ssh, at any moment and at each labelled step of the code,
#            rsync on both sides, and connections; up to three passes and the daemon in one round; with delays at such steps,
#            steps of the wall clock (of these programs only), and journals that are lost
#   cuts     the power of the source's disk
#   disks    fill up or fail: the source's, the state folder's, the slave's
# After each round the volume is mounted again, a pass is made, and source and slaves are compared completely. Needs root.
# Prints its seed and ends with `N passed, N failed`; exit status 0 only if none failed. What failed is left in a folder, with the
# seed and the differences in problems.txt.
#
# Usage: scripts/torture.sh [--minutes N] [--seed S] [--kills N] [--cuts N] [--disks N] [--type ext4|xfs] [--slaves LIST] [--break RULE]
#   --minutes N    how long (10)
#   --seed S       the same attempts again; their timing is never the same
#   --cuts N       so many power cuts first (0)
#   --disks N      so many disks that are full or fail then (0)
#   --kills N      so many rounds of kills at most (as many as there is time for)
#   --slaves LIST  the copies where something is killed or loses its power: local; agent, behind a sshd on loopback; rsyncd, a daemon there (all three)
#   --type TYPE    of the source's disk for both (ext4)
#   --break RULE   breaks a rule of the marks on purpose: a run must fail then. The rules are in test/torture/rules.ts
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1-} in
  -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" && exit ;;
esac
if ((EUID != 0)); then
  echo 'Cannot run the torture: it mounts disks; run it as root' >&2
  exit 1
fi
scripts/setup.sh --tests
# Not /tmp: there it would often be memory.
export TMPDIR=${TMPDIR:-/var/tmp}
exec node dist/test/torture/main.js "$@"

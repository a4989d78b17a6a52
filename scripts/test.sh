#!/usr/bin/env bash
# Runs everything that must hold: set-up, the checks (types, style, layers, house, scripts), then every test.
# The tests mount for real. Afterwards no mount, loop device or process of theirs may be left.
# The last line is "N passed, N failed"; the exit status is 0 only if nothing failed.
#
# Usage: scripts/test.sh [OPTION or FILE of ava]...        e.g. --match='*rename*' or dist/test/ship/**
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Until ava has said otherwise, the run as a whole is one failure.
passed=0
failed=1
work=''
log=''

finish() {
  if [[ $log ]]; then rm -f "$log"; fi
  # Never through a mount that could not be removed: what it leads to would be lost.
  if [[ $work && ! $(mounts) ]]; then rm -rf "$work" || true; fi
  echo "$passed passed, $failed failed"
}
trap finish EXIT

# Takes the numbers from what ava printed. It gives the passed only where none failed, so its lines for them are counted then.
# What broke outside a test (a hook, an exception, a test file that died) counts as a failure; so does ava's own bad exit.
count() {
  local lines
  lines=$(sed 's/\x1b\[[0-9;]*m//g' "$log")
  number() { grep -oP "^ *\K[0-9]+(?= $1)" <<<"$lines" | tail -n 1 || true; }
  passed=$(number 'tests? passed')
  passed=${passed:-$(grep -cE '^ +[✔√] ' <<<"$lines" || true)}
  failed=0
  local kind found
  for kind in 'tests? failed' 'hooks? failed' 'unhandled rejections?' 'uncaught exceptions?' 'tests? remained pending'; do
    found=$(number "$kind")
    failed=$((failed + ${found:-0}))
  done
  ((failed || $1 == 0)) || failed=1
}

# Everything that the tests start has this in its environment; everything that they mount lies below it.
processes() { grep -lzxF -- "MARKERFS_TEST_RUN=$work" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 || true; }
mounts() { awk -v below="$work/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo; }
loop_devices() { grep -slF -- "$work/" /sys/block/loop*/loop/backing_file | cut -d/ -f4 || true; }

# A process that was told to end may take a moment.
wait_for_processes() {
  local tries
  for ((tries = 0; tries < 50; tries++)); do
    [[ $(processes) ]] || return 0
    sleep 0.1
  done
}

# Removes what is left, names each thing, and counts it as a failure.
check_leftovers() {
  local item
  wait_for_processes
  for item in $(processes); do
    leftover "process $item: $(tr '\0' ' ' <"/proc/$item/cmdline" 2>/dev/null)"
    kill -KILL "$item" 2>/dev/null || true
  done
  for item in $(mounts | sort -r); do
    # The mount table writes odd bytes in octal.
    item=$(printf '%b' "$item")
    leftover "mount \"$item\""
    umount -l "$item" || true
  done
  for item in $(loop_devices); do
    leftover "loop device $item"
    losetup -d "/dev/$item" || true
  done
}

leftover() {
  echo "The tests left a $*" >&2
  failed=$((failed + 1))
}

scripts/setup.sh
npm run --silent check

log=$(mktemp)
work=$(mktemp -d "${TMPDIR:-/tmp}/markerfs-test.XXXXXX")
# Other users of the tests must reach their folders in it.
chmod 0755 "$work"

colour=()
if [[ -t 1 && ! ${NO_COLOR:-} ]]; then colour=(FORCE_COLOR=1); fi
status=0
env "${colour[@]}" MARKERFS_TEST_RUN="$work" TMPDIR="$work" node_modules/.bin/ava "$@" </dev/null 2>&1 | tee "$log" ||
  status=${PIPESTATUS[0]}
count "$status"
check_leftovers
((failed == 0 && status == 0))

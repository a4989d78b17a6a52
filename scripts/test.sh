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
logs=''

finish() {
  if [[ $logs ]]; then rm -rf "$logs"; fi
  # Never through a mount that could not be removed: what it leads to would be lost.
  if [[ $work && ! $(mounts) ]]; then rm -rf "$work" || true; fi
  echo "$passed passed, $failed failed"
}
trap finish EXIT

# plain LOG: what one ava printed, without colours.
plain() { sed 's/\x1b\[[0-9;]*m//g' "$logs/$1"; }

# count LOG STATUS: adds the numbers from what one ava printed. It gives the passed only where none failed, so its lines for them are
# counted then. What broke outside a test (a hook, an exception, a test file that died) counts as a failure; so does ava's own bad exit.
count() {
  local lines found kind broken=0
  lines=$(plain "$1")
  number() { grep -oP "^ *\K[0-9]+(?= $1)" <<<"$lines" | tail -n 1 || true; }
  found=$(number 'tests? passed')
  passed=$((passed + ${found:-$(grep -cE '^ +[✔√] ' <<<"$lines" || true)}))
  for kind in 'tests? failed' 'hooks? failed' 'unhandled rejections?' 'uncaught exceptions?' 'tests? remained pending'; do
    found=$(number "$kind")
    broken=$((broken + ${found:-0}))
  done
  ((broken || $2 == 0)) || broken=1
  failed=$((failed + broken))
}

# run_ava LOG [VARIABLE=VALUE]... COMMAND: what it prints goes to $logs/LOG, too.
run_ava() {
  local log=$1
  shift
  env "${colour[@]}" MARKERFS_TEST_RUN="$work" TMPDIR="$work" "$@" </dev/null 2>&1 | tee "$logs/$log"
}

# Parts of the test files, and how many of them run at once. In each one file runs at a time: mostly tests wait, and the other parts go on
# meanwhile. Small parts end at about the same time.
readonly PARTS=12 AT_ONCE=3

# run_part INDEX: ava takes the parts from variables that servers of tests set. Leaves its exit status in INDEX.status.
run_part() {
  local status=0
  run_ava "$1" CI=true CI_NODE_INDEX="$1" CI_NODE_TOTAL="$PARTS" node_modules/.bin/ava || status=$?
  echo "$status" >"$logs/$1.status"
}

# again LOG: what failed, once more. A server of tests may keep the end of an output only, and other parts print after the one that failed.
again() {
  plain "$1" | grep -aE '^ +(✘|✖) ' || true
  plain "$1" | sed -n '/^ *─$/,$p'
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

scripts/setup.sh --tests
npm run --silent check

logs=$(mktemp -d)
work=$(mktemp -d "${TMPDIR:-/tmp}/markerfs-test.XXXXXX")
# Other users of the tests must reach their folders in it.
chmod 0755 "$work"

colour=()
if [[ -t 1 && ! ${NO_COLOR:-} ]]; then colour=(FORCE_COLOR=1); fi
failed=0
if (($#)); then
  status=0
  run_ava all node_modules/.bin/ava "$@" || status=$?
  count all "$status"
else
  for ((part = 0; part < PARTS; part++)); do
    if ((part >= AT_ONCE)); then wait -n; fi
    run_part "$part" &
  done
  wait
  for ((part = 0; part < PARTS; part++)); do
    status=$(<"$logs/$part.status")
    count "$part" "$status"
    if ((status != 0)); then again "$part"; fi
  done
fi
check_leftovers
((failed == 0))

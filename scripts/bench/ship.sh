#!/usr/bin/env bash
# How long a pass takes: `markerfs ship`, as a whole process, and plain rsync (-aHAX --delete) over the same trees, in turn, in changing
# order, each to a copy of its own, all on one fresh ext4 filesystem in a file. The source is mounted by markerfs, and what is changed
# is changed through the mount. Prints medians: seconds, seconds of processors (all processes of the pass together: they tell more where
# the machine is busy), and the most memory that one process took, in MiB.
# Everything that it makes is removed at the end, whatever happens.
#
# Usage: scripts/bench/ship.sh [OPTION]...      (as root)
#   --case PATTERN     only the cases whose name this regular expression is found in (--list names them)
#   --files N          in the tree in which little is changed, and in the one large directory; 100000
#   --first N          small files of a first copy; a tenth of as many are renamed, half as many changed at once; 200000
#   --big MIB          of the first copy of big files; 4096
#   --rounds N         that count; 3
#   --set WORD         a setting of the slave, as for `slave set`; may be repeated
#   --list             names the cases
# TMPDIR says where the filesystem's file lies; /var/tmp.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export LC_ALL=C

readonly CASES=(nothing few few-cold wide first rename many big)
pattern='' files=100000 first=200000 big=4096 rounds=3 settings=()

# shellcheck source=scripts/bench/volume.sh
source scripts/bench/volume.sh

while (($#)); do
  case $1 in
    --case) pattern=${2?} && shift ;;
    --files) files=${2?} && shift ;;
    --first) first=${2?} && shift ;;
    --big) big=${2?} && shift ;;
    --rounds) rounds=${2?} && shift ;;
    --set) settings+=("${2?}") && shift ;;
    --list) printf '%s\n' "${CASES[@]}" && exit ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" && exit ;;
    *) echo "Cannot measure: \"$1\" is no option; see --help" >&2 && exit 2 ;;
  esac
  shift
done
for number in "$files" "$first" "$big" "$rounds"; do
  [[ $number =~ ^[1-9][0-9]{0,7}$ ]] || { echo "Cannot measure: \"$number\" is no number" >&2 && exit 2; }
done
((EUID == 0)) || die 'Cannot measure: only root can mount the filesystem to measure on'
scripts/setup.sh mkfs.ext4:e2fsprogs /usr/bin/time:time >&2

begin_volume
readonly results=$work/results source=$volume/source mount=$volume/mount copy=$volume/copy plain=$volume/plain

markerfs() { node dist/bundle/cli/main.js "$@"; }

# make_files FOLDER FILES FOLDERS BYTES: so many files, spread over folders, each of up to so many bytes.
make_files() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import os, random, sys
root, files, folders, size = sys.argv[1], *map(int, sys.argv[2:])
random.seed(1)
text = random.randbytes(size)
for folder in range(folders): os.makedirs(f"{root}/{folder}")
for file in range(files):
    fd = os.open(f"{root}/{file % folders}/file {file}", os.O_CREAT | os.O_WRONLY, 0o644)
    os.write(fd, text[: random.randrange(1, size + 1)])
    os.close(fd)
PYTHON
}

# change_files FOLDER FILES FOLDERS: the first of so many files are longer than before.
change_files() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import sys
root, files, folders = sys.argv[1], *map(int, sys.argv[2:])
for file in range(files):
    with open(f"{root}/{file % folders}/file {file}", "ab") as changed: changed.write(b"more")
PYTHON
}

# fresh_volume COMMAND...: a new filesystem, with what COMMAND makes in the source before it is mounted.
fresh_volume() {
  remove_volume
  make_volume 40G
  mkdir "$source" "$mount"
  "$@"
  markerfs "$source" "$mount" >/dev/null
  note_daemon markerfs "$source"
  fresh_copies
}

# Two slaves that hold nothing.
fresh_copies() {
  markerfs slave remove "$source" copy 2>/dev/null || true
  rm -rf "$copy" "$plain"
  mkdir "$copy" "$plain"
  markerfs slave add "$source" copy "$copy"
  ((${#settings[@]} == 0)) || markerfs slave set "$source" copy "${settings[@]}"
  sync -f "$volume"
}

pass_of() {
  case $1 in
    markerfs) markerfs ship "$source" ;;
    rsync)
      # Without the marks, which are of no use to it.
      rsync -aHAX --delete --exclude=/.markerfs --filter='-x trusted.markerfs.**' --filter='-x system.*' "$source/" "$plain/"
      ;;
  esac
}
export -f pass_of markerfs
export source plain

# measure CASE SYSTEM: a line in the results: case, system, seconds, processors' seconds, MiB.
measure() {
  sync -f "$volume"
  [[ $1 != *cold* ]] || echo 3 >/proc/sys/vm/drop_caches
  /usr/bin/time -o "$work/time" -f '%e %U %S %M' bash -c "pass_of $2" >/dev/null
  awk -v of="$1 $2" '{ print of, $1, $2 + $3, $4 / 1024 }' "$work/time" >>"$results"
}

# rounds_of CASE COMMAND...: COMMAND, then a pass of each, in changing order; the first round does not count.
rounds_of() {
  local name=$1 round
  shift
  for ((round = 0; round <= rounds; round++)); do
    "$@" "$round"
    if ((round % 2)); then measure "$name" markerfs && measure "$name" rsync; else measure "$name" rsync && measure "$name" markerfs; fi
    ((round)) || sed -i "/^$name /d" "$results"
  done
}

wanted() { [[ $1 =~ $pattern ]]; }

unchanged() { :; }
few() { change_files "$mount/tree" 100 100; }
wide() { printf 'round %s' "$1" >"$mount/wide/0/file 7"; }
renamed() { mv "$mount/tree/moving$(($1))" "$mount/tree/moving$(($1 + 1))"; }
many() { change_files "$mount/tree" $((first / 2)) 200; }
fresh() { fresh_copies; }

# First copies that are not measured.
filled() {
  pass_of markerfs >/dev/null
  pass_of rsync
}

# Every case is on a filesystem on which nothing else was made or deleted.
run_cases() {
  if wanted nothing || wanted few || wanted few-cold; then
    fresh_volume make_files "$source/tree" "$files" $((files < 100000 ? 100 : files / 1000)) 2048
    filled
    ! wanted nothing || rounds_of nothing unchanged
    ! wanted few || rounds_of few few
    ! wanted few-cold || rounds_of few-cold few
  fi
  if wanted wide; then
    fresh_volume make_files "$source/wide" "$files" 1 64
    filled
    rounds_of wide wide
  fi
  if wanted first || wanted many; then
    fresh_volume make_files "$source/tree" "$first" 200 4096
    ! wanted first || rounds_of first fresh
    if wanted many; then
      filled
      rounds_of many many
    fi
  fi
  if wanted rename; then
    fresh_volume make_files "$source/tree/moving0" "$((first / 2))" 100 4096
    filled
    rounds_of rename renamed
  fi
  if wanted big; then
    fresh_volume make_big
    rounds_of big fresh
  fi
}

make_big() {
  local file
  mkdir "$source/big"
  for file in 1 2 3 4; do head -c "$((big / 4))M" /dev/urandom >"$source/big/$file"; done
}

# The table: for each case the medians of both, and how many times as fast markerfs is.
report() {
  /usr/bin/python3 - "$results" <<'PYTHON'
import collections, statistics, sys
rows = collections.defaultdict(lambda: collections.defaultdict(list))
for line in open(sys.argv[1]):
    case, system, *values = line.split()
    rows[case][system].append([float(value) for value in values])
print(f'{"case":10} {"markerfs s":>11} {"rsync s":>9} {"speed":>7}   {"cpu s":>8} {"rsync":>8} {"MiB":>6} {"rsync":>6}')
for case, systems in rows.items():
    ours, theirs = ([statistics.median(column) for column in zip(*systems[system])] for system in ("markerfs", "rsync"))
    speed = statistics.median(b[0] / max(a[0], 0.01) for a, b in zip(systems["markerfs"], systems["rsync"]))
    print(f"{case:10} {ours[0]:11.2f} {theirs[0]:9.2f} {speed:7.2f}   {ours[1]:8.2f} {theirs[1]:8.2f} {ours[2]:6.0f} {theirs[2]:6.0f}")
PYTHON
}

touch "$results"
printf '%s\n' "machine    $(nproc) cores, load $(cut -d ' ' -f 1-3 /proc/loadavg), $(rsync --version | head -n 1), Node $(node -v)" \
  "trees      $files files, first copy of $first small files and of $big MiB, $rounds rounds"
run_cases
report

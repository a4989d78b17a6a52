#!/usr/bin/env bash
# How fast the mount is: the same loads on a bare directory (bare), on markerfs, on the same mount with marking and journaling off
# (unmarked) and on bindfs, all on one fresh ext4 filesystem in a file. The loads run in other processes, in C (load.c), fio, and the
# programs that people use. For each case and round every system has its turn, in changing order: the machine is noisy. Round 0 warms
# up and does not count. Prints a table of medians, ratios to the others, and what is to be reached.
# Everything that it makes is removed at the end, whatever happens.
#
# Usage: scripts/bench/mount.sh [OPTION]...      (as root)
#   --case PATTERN     only the cases whose name this regular expression is found in (--list names them)
#   --clients N[,N]    how many clients at once; 1,4
#   --rounds N         that count; 5
#   --systems A[,B]    of bare, markerfs, unmarked, bindfs; all
#   --engine NAME      what serves markerfs and unmarked; markerfs
#   --quick            2 rounds of smaller loads, in less than 3 minutes: to see that it works, not how fast
#   --profile FOLDER   also where markerfs spends its time; V8's profiles stay in FOLDER, and the table is slower than the truth
#   --million          also the memory of a daemon that may open 1024 files, after a find over 1,000,000 (only that: --case '^$')
#   --list             names the cases
# TMPDIR says where the filesystem's file lies (it grows to some GB); /var/tmp.
set -euo pipefail
# A measurement runs in a command substitution: what fails in there must not pass for a fast one.
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
# Times, numbers and messages as this script expects them, whatever the user's language.
export LC_ALL=C

pattern=''
CLIENTS=(1 4)
ROUNDS=''
SYSTEMS=(bare markerfs unmarked bindfs)
engine=markerfs
quick=''
profile=''
million=''
list=''

while (($#)); do
  case $1 in
    --case) pattern=${2?} && shift ;;
    --clients) IFS=, read -ra CLIENTS <<<"${2?}" && shift ;;
    --rounds) ROUNDS=${2?} && shift ;;
    --systems) IFS=, read -ra SYSTEMS <<<"${2?}" && shift ;;
    --engine) engine=${2?} && shift ;;
    --quick) quick=yes ;;
    --profile) profile=$(realpath -m "${2?}") && shift ;;
    --million) million=yes ;;
    --list) list=yes ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" && exit ;;
    *) echo "Cannot measure: \"$1\" is no option; see --help" >&2 && exit 2 ;;
  esac
  shift
done
if [[ ! $ROUNDS ]]; then if [[ $quick ]]; then ROUNDS=2; else ROUNDS=5; fi; fi
for number in "$ROUNDS" "${CLIENTS[@]}"; do
  [[ $number =~ ^[1-9][0-9]?$ ]] || { echo "Cannot measure: \"$number\" rounds or clients" >&2 && exit 2; }
done
for system in "${SYSTEMS[@]}"; do
  [[ $system =~ ^(bare|markerfs|unmarked|bindfs)$ ]] ||
    { echo "Cannot measure \"$system\": there are bare, markerfs, unmarked and bindfs" >&2 && exit 2; }
done
readonly pattern CLIENTS ROUNDS engine quick profile million

# shellcheck source=scripts/bench/volume.sh
source "$here/volume.sh"
# shellcheck source=scripts/bench/systems.sh
source "$here/systems.sh"
# shellcheck source=scripts/bench/cases.sh
source "$here/cases.sh"

if [[ $list ]]; then
  printf '%s\n' "${METADATA[@]}" "${DATA[@]}" "${TREE[@]}" "${WORKLOADS[@]}"
  exit
fi

((EUID == 0)) || die 'Cannot measure: only root can mount the filesystem to measure on'
scripts/setup.sh bindfs:bindfs fio:fio gcc:gcc mkfs.ext4:e2fsprogs >&2

begin_volume
readonly results=$work/results memory=$work/memory load=$work/load
touch "$results" "$memory"
if [[ $profile ]]; then
  mkdir -p "$profile"
  ! compgen -G "$profile/*.cpuprofile" >/dev/null || die "Cannot profile: \"$profile\" has profiles already"
fi

gcc -std=gnu11 -O2 -Wall -Wextra -Werror -pthread -o "$load" "$here/load.c"
describe_machine
run_cases
node dist/scripts/bench/report.js "$results" "$memory"
if [[ $profile ]]; then node dist/scripts/bench/profile.js "$profile"; fi

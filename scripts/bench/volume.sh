# shellcheck shell=bash
# The filesystem that a benchmark works on, in a file of its own folder $work, and how it is taken away, whatever happens:
# "$volume" is where it is mounted, "$image" its file, "${daemons[@]}" the pids of daemons that serve mounts below it.

declare -gA daemons=()

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Sets $work, $image and $volume, and has them removed at the end of the script.
begin_volume() {
  work=$(mktemp -d "${TMPDIR:-/var/tmp}/markerfs-bench.XXXXXX")
  readonly work image=$work/image volume=$work/volume
  mkdir "$volume"
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# make_volume SIZE: mounts a new ext4 that may become so large.
make_volume() {
  truncate -s "$1" "$image"
  # Few enough bytes for an inode that millions of small files fit.
  mkfs.ext4 -q -F -i 4096 "$image"
  mount -o loop "$image" "$volume"
}

# note_daemon NAME SOURCE: the daemon that serves this source is one of $daemons.
note_daemon() { daemons[$1]=$(head -n 1 "$2/.markerfs/daemon.lock"); }

# Below $volume, and itself: the last mounted first.
mounts() { awk -v at="$volume" '$5 == at || index($5, at "/") == 1 { print $5 }' /proc/self/mountinfo | tac; }

# Unmounts everything and deletes the filesystem. A daemon that does not end is killed.
remove_volume() {
  local place pid
  for place in $(mounts); do
    [[ $place == "$volume" ]] || umount "$place" || umount -l "$place" || true
  done
  for pid in "${daemons[@]}"; do wait_for_end "$pid" || kill -KILL "$pid" || true; done
  daemons=()
  for place in $(mounts); do
    retry umount "$place" || umount -l "$place" || true
  done
  rm -f "$image"
}

wait_for_end() { retry gone "$1"; }

gone() { [[ ! -e /proc/$1 ]]; }

# Runs a command until it succeeds, for at most 10 seconds.
retry() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    # Without the 0, a return in a trap would be that of what was run before the trap.
    if "$@" 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  return 1
}

clean_up() {
  local status=$?
  trap - EXIT
  trap '' INT TERM
  if ((status)); then tail -n 5 "$volume"/*/.markerfs/daemon.log >&2 2>/dev/null || true; fi
  remove_volume
  if [[ $(mounts) ]]; then echo "Cannot remove \"$work\": something is still mounted in it" >&2; else rm -rf "$work"; fi
  exit "$status"
}

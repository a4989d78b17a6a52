# shellcheck shell=bash
# The systems that are compared, and the filesystem that all of them lie on. For mount.sh, whose settings it uses.
#
# A system's name is that of its folder in $volume: where the loads work. What is mounted there has its source in <name>.source.

declare -gA daemons=()

# Where the loads of a system work.
folder_of() { printf '%s' "$volume/$1"; }

# Where what a system's folder shows really lies.
source_of() { if [[ $1 == bare ]]; then folder_of "$1"; else printf '%s' "$volume/$1.source"; fi; }

# fresh_volume [COMMAND...]: a new filesystem with every system on it. COMMAND fills each one's source (its last argument) before it is mounted.
fresh_volume() {
  local system
  truncate -s 24G "$image"
  # Few enough bytes for an inode that a million files fit.
  mkfs.ext4 -q -F -i 8192 "$image"
  mount -o loop "$image" "$volume"
  for system in "${SYSTEMS[@]}"; do
    mkdir -p "$(folder_of "$system")" "$(source_of "$system")"
    if (($#)); then "$@" "$(source_of "$system")"; fi
    mount_system "$system"
  done
  sync -f "$volume"
}

mount_system() {
  local source folder
  source=$(source_of "$1")
  folder=$(folder_of "$1")
  case $1 in
    bare) return ;;
    markerfs) mount_markerfs "$source" "$folder" --engine "$engine" >/dev/null ;;
    unmarked) node dist/scripts/bench/unmarked.js "$source" "$folder" "$engine" ;;
    bindfs) bindfs "$source" "$folder" && return ;;
  esac
  daemons[$1]=$(head -n 1 "$source/.markerfs/daemon.lock")
}

# mount_markerfs SOURCE MOUNTPOINT OPTION...
mount_markerfs() {
  if [[ ! $profile ]]; then
    node dist/src/cli/main.js "$@"
    return
  fi
  # In the foreground: Node takes this option only from its own command line.
  node --cpu-prof --cpu-prof-dir="$profile" dist/src/cli/main.js --foreground "$@" &
  retry mountpoint -q "$2" || die "Cannot profile: nothing was mounted on \"$2\""
}

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

# What one system has left to do is not the next one's to pay for: written pages, and records on their way into the journal.
settle() {
  local before='' now tries
  sync -f "$volume"
  for ((tries = 0; tries < 100; tries++)); do
    now=$(cpu_times)
    [[ $now != "$before" ]] || return 0
    before=$now
    sleep 0.03
  done
}

# In ticks of 10 ms, user and system, of all daemons.
cpu_times() {
  local pid fields
  for pid in "${daemons[@]}"; do
    read -ra fields <"/proc/$pid/stat"
    printf '%s %s ' "${fields[13]}" "${fields[14]}"
  done
}

# note_memory AFTER: a line in $memory: after what, what markerfs's daemon has resident, and the most that it ever had, in KiB.
note_memory() {
  local status=/proc/${daemons[markerfs]-none}/status
  if [[ -e $status ]]; then awk -v after="$1" '{ kib[$1] = $2 } END { print after "\t" kib["VmRSS:"] "\t" kib["VmHWM:"] }' "$status" >>"$memory"; fi
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
  if ((status)); then tail -n 5 "$volume"/*.source/.markerfs/daemon.log >&2 2>/dev/null || true; fi
  remove_volume
  if [[ $(mounts) ]]; then echo "Cannot remove \"$work\": something is still mounted in it" >&2; else rm -rf "$work"; fi
  exit "$status"
}

describe_machine() {
  local model ram
  model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort -u)
  ram=$(awk '/^MemTotal:/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)
  printf '%s\n' \
    "machine    $(nproc) cores (${model:-unknown}), $ram, load $(cut -d ' ' -f 1-3 /proc/loadavg)" \
    "software   Linux $(uname -r), Node $(node -v), $(bindfs --version | head -n 1), $(fio --version), $(git --version)" \
    "markerfs   $(git describe --always --dirty 2>/dev/null || echo 'of no commit'), engine $engine" \
    "volume     ext4 in a file on $(findmnt -no FSTYPE -T "$work"), $(date -u '+%F %H:%M UTC')"
}

# shellcheck shell=bash
# The systems that are compared. For mount.sh, whose settings it uses.
#
# A system's name is that of its folder in $volume: where the loads work. What is mounted there has its source in <name>.source.

# Where the loads of a system work.
folder_of() { printf '%s' "$volume/$1"; }

# Where what a system's folder shows really lies.
source_of() { if [[ $1 == bare ]]; then folder_of "$1"; else printf '%s' "$volume/$1.source"; fi; }

# fresh_volume [COMMAND...]: a new filesystem with every system on it. COMMAND fills each one's source (its last argument) before it is mounted.
fresh_volume() {
  local system
  make_volume 24G
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
  note_daemon "$1" "$source"
}

# mount_markerfs SOURCE MOUNTPOINT OPTION...
mount_markerfs() {
  if [[ ! $profile ]]; then
    node dist/bundle/cli/main.js "$@"
    return
  fi
  # In the foreground: Node takes this option only from its own command line. The modules, not the bundle: the profile names them.
  node --cpu-prof --cpu-prof-dir="$profile" dist/src/cli/main.js --foreground "$@" &
  retry mountpoint -q "$2" || die "Cannot profile: nothing was mounted on \"$2\""
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

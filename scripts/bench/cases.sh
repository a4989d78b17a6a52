# shellcheck shell=bash
# The cases, and the order of their runs. For mount.sh, whose settings it uses.
#
# Cases that need the same preparation are a group; a group has a fresh filesystem and fresh daemons. A case is measured by a function
# that gets a system's folder as its last argument and prints one number. Each result is a line in $results: case, clients, unit, system,
# number; the units are us (µs, of an operation or of the whole), KiB/s and IOPS.

# In an order in which each finds what it needs; see load.c.
readonly METADATA=(create stat-cached stat-uncached read overwrite rename unlink)
readonly DATA=(seq-read seq-write mmap-read random-read random-write)
# One after the other on the same tree, or on one of their own; these have one client.
readonly TREE=(find-again git-status-again)
readonly WORKLOADS=(unpack npm-ci compile)

if [[ $quick ]]; then
  readonly FILES=500 TREE_FILES=3000 C_FILES=20 DATA_MIB=32 WRITE_MIB=256 READ_LOOPS=32 FIO_TIME=300ms
else
  readonly FILES=2000 TREE_FILES=30000 C_FILES=100 DATA_MIB=128 WRITE_MIB=1024 READ_LOOPS=32 FIO_TIME=1s
fi

# shellcheck source=scripts/bench/loads.sh
source "$here/loads.sh"
# shellcheck source=scripts/bench/workloads.sh
source "$here/workloads.sh"

wanted() { [[ $1 =~ $pattern ]]; }

# any_wanted CASE...
any_wanted() {
  local name
  for name in "$@"; do if wanted "$name"; then return; fi; done
  return 1
}

# turn ROUND CASE CLIENTS UNIT COMMAND... gives every system its turn of a case, in an order that changes with the round.
# COMMAND gets the system's folder as its last argument.
turn() {
  local round=$1 name=$2 clients=$3 unit=$4 count=${#SYSTEMS[@]} index system value line
  shift 4
  printf -v line '%-16s  clients %d  round %d' "$name" "$clients" "$round"
  for ((index = 0; index < count; index++)); do
    system=${SYSTEMS[((round % 2 ? count - 1 - index : index) + round) % count]}
    settle
    value=$("$@" "$(folder_of "$system")")
    line+="  $system $value"
    if ((round)) && wanted "$name"; then printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$clients" "$unit" "$system" "$value" >>"$results"; fi
  done
  printf '%s\n' "$line" >&2
}

# case_turns ROUND CLIENTS UNIT COMMAND CASE... gives each wanted case its turn; COMMAND gets the case, the clients, and the folder.
case_turns() {
  local round=$1 clients=$2 unit=$3 command=$4 name
  shift 4
  for name in "$@"; do
    if wanted "$name"; then turn "$round" "$name" "$clients" "$unit" "$command" "$name" "$clients"; fi
  done
}

# group COMMAND... runs a group, which makes itself a volume, and notes the memory that its daemon has then.
group() {
  local note=$1
  "$@"
  note_memory "$note"
  remove_volume
}

run_cases() {
  local clients
  for clients in "${CLIENTS[@]}"; do
    if any_wanted "${METADATA[@]}"; then group metadata "$clients"; fi
  done
  for clients in "${CLIENTS[@]}"; do
    if any_wanted "${DATA[@]}"; then group data "$clients"; fi
  done
  if [[ " ${CLIENTS[*]} " == *' 1 '* ]]; then
    if any_wanted "${TREE[@]}"; then group tree; fi
    if wanted unpack; then group unpack; fi
    if wanted npm-ci; then group npm_ci; fi
    if wanted compile; then group compile; fi
  fi
  if [[ $million ]]; then group million; fi
}

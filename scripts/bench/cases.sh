# shellcheck shell=bash
# The cases: what is done, how often, and how it is timed. For mount.sh, whose settings it uses.
#
# A case is measured by a function that gets a system's folder and the number of clients and prints one number. Each result is a line
# in $results: case, clients, unit, system, number; the units are us (µs, of an operation or of the whole), KiB/s and IOPS.

# In an order in which each finds what it needs; see load.c.
readonly METADATA=(create stat-cached stat-uncached read overwrite rename unlink)

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
  printf -v line '%-14s %d clients  round %d of %d ' "$name" "$clients" "$round" "$ROUNDS"
  for ((index = 0; index < count; index++)); do
    system=${SYSTEMS[((round % 2 ? count - 1 - index : index) + round) % count]}
    # What others have left to be written is not this one's to pay for.
    sync -f "$volume"
    value=$("$@" "$(folder_of "$system")")
    line+="  $system $value"
    if ((round)) && wanted "$name"; then printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$clients" "$unit" "$system" "$value" >>"$results"; fi
  done
  printf '%s\n' "$line" >&2
}

run_cases() {
  local clients
  for clients in "${CLIENTS[@]}"; do
    if any_wanted "${METADATA[@]}"; then metadata "$clients"; fi
  done
}

metadata() {
  local clients=$1 files=2000 round name
  if [[ $quick ]]; then files=500; fi
  # A client of several has half as many: the kernel forgets what it knows of a file after a second, and no case should take longer.
  if ((clients > 1)); then files=$((files / 2)); fi
  fresh_volume
  for ((round = 0; round <= ROUNDS; round++)); do
    for name in "${METADATA[@]}"; do
      if [[ $name == create || $name == unlink ]] || wanted "$name"; then turn "$round" "$name" "$clients" us load_files "$name" "$clients" "$files"; fi
    done
  done
}

load_files() { "$load" "$1" "$4" "$2" "$3"; }

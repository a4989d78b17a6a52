# shellcheck shell=bash
# The cases whose load is load.c or fio. For cases.sh.

metadata() {
  local clients=$1 round name
  fresh_volume
  for ((round = 0; round <= ROUNDS; round++)); do
    for name in "${METADATA[@]}"; do
      # These two also make and remove what the others work on.
      if [[ $name == create || $name == unlink ]] || wanted "$name"; then turn "$round" "$name" "$clients" us load_files "$name" "$clients"; fi
    done
  done
}

data() {
  local clients=$1 round
  fresh_volume write_data "$clients"
  for ((round = 0; round <= ROUNDS; round++)); do
    case_turns "$round" "$clients" KiB/s run_fio seq-read seq-write mmap-read
    case_turns "$round" "$clients" IOPS run_fio random-read random-write
  done
}

# load_files CASE CLIENTS FOLDER
load_files() {
  local files=$FILES
  # Clients that share the processors need longer, and no case should take longer than the second for which the kernel may trust
  # what it was told of a file.
  if (($2 > 1)); then files=$((files / 2)); fi
  "$load" "$1" "$3" "$2" "$files"
}

# write_data CLIENTS FOLDER makes the files that are read: one for each client, with real blocks.
write_data() {
  local number
  for ((number = 0; number < $1; number++)); do
    dd if=/dev/zero of="$2/data.$number" bs=1M count="$DATA_MIB" status=none
  done
}

# run_fio CASE CLIENTS FOLDER. Reads are from the page cache, from the first byte to the last after each open; random ones go on for a while.
# Writes are buffered and not fsynced; seq-write makes a new file, random-write changes the files that are there.
run_fio() {
  local column options new_file=(--filename_format='new.$jobnum' --unlink=1)
  case $1 in
    seq-read) column=7 options=(--rw=read --bs=128k --loops="$READ_LOOPS" --runtime="$FIO_TIME") ;;
    mmap-read) column=7 options=(--rw=read --bs=128k --loops="$READ_LOOPS" --runtime="$FIO_TIME" --ioengine=mmap) ;;
    random-read) column=8 options=(--rw=randread --bs=4k --time_based --runtime="$FIO_TIME" --norandommap) ;;
    seq-write) column=48 options=(--rw=write --bs=128k --runtime="$FIO_TIME" --size="$((WRITE_MIB / $2))m" "${new_file[@]}") ;;
    random-write) column=49 options=(--rw=randwrite --bs=4k --time_based --runtime="$FIO_TIME" --norandommap) ;;
  esac
  # invalidate=0 leaves the page cache as it is. The columns are those of terse version 3.
  fio --name="$1" --directory="$3" --filename_format='data.$jobnum' --numjobs="$2" --group_reporting --size="${DATA_MIB}m" --ioengine=psync \
    --invalidate=0 --fallocate=none --gtod_reduce=1 --output-format=terse --terse-version=3 "${options[@]}" | cut -d ';' -f "$column"
}

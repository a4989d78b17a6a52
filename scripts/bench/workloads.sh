# shellcheck shell=bash
# The cases whose load is a program that people use. For cases.sh.
#
# Every one of them measures one run, in µs.

# Prints the µs that a command takes.
timed() {
  local began=${EPOCHREALTIME/./}
  "$@" >/dev/null
  printf '%s\n' $((${EPOCHREALTIME/./} - began))
}

# timed_again TIMES COMMAND... prints the µs of one run of several, after one that does not count.
timed_again() {
  local times=$1
  shift
  "$@" >/dev/null
  printf '%s\n' $(($(timed repeat "$times" "$@") / times))
}

repeat() {
  local times=$1
  shift
  while ((times--)); do "$@"; done
}

# make_tree FOLDER FILES: a hundred files of up to 8 KiB, of different text, in each folder.
make_tree() {
  local number
  for ((number = 0; number * 100 < $2; number++)); do mkdir -p "$1/part$((number / 20))/folder$number"; done
  awk -v root="$1" -v files="$2" 'BEGIN {
    srand(1)
    for (file = 0; file < files; file++) {
      folder = int(file / 100)
      name = root "/part" int(folder / 20) "/folder" folder "/file" file ".txt"
      for (line = int(rand() * 128); line >= 0; line--) printf "%s line %d of file %d, which says %d\n", name, line, file, rand() * 1e9 >name
      close(name)
    }
  }'
}

git_here() { HOME=$work GIT_CONFIG_NOSYSTEM=1 git -c gc.auto=0 -c user.name=bench -c user.email=bench@localhost "$@"; }

# A tree under git, packed in a tarball: what git knows of the files is then equally old on every system.
make_repository() {
  make_tree "$work/tree" "$TREE_FILES"
  git_here init -q -b main "$work/tree"
  git_here -C "$work/tree" add .
  git_here -C "$work/tree" commit -q -m tree
  git_here -C "$work/tree" repack -adq
  tar -C "$work" -cf "$work/repository.tar" tree
  rm -rf "$work/tree"
}

unpack_into() { tar -C "$2" -xf "$1"; }

tree() {
  local round
  make_repository
  fresh_volume unpack_into "$work/repository.tar"
  for ((round = 0; round <= ROUNDS; round++)); do
    case_turns "$round" 1 us again "${TREE[@]}"
  done
}

# again CASE CLIENTS FOLDER
again() {
  case $1 in
    find-again) timed_again 5 find "$3/tree" ;;
    git-status-again) timed_again 3 git_here -C "$3/tree" status --porcelain ;;
  esac
}

# timed_in FOLDER COMMAND... times a command that has a new folder to itself, and removes the folder.
timed_in() {
  local folder=$1/run
  shift
  mkdir "$folder"
  timed "$@" "$folder"
  rm -rf "$folder"
}

# workload CASE COMMAND... on a fresh volume. COMMAND measures, and gets a system's folder.
workload() {
  local name=$1 round
  shift
  fresh_volume
  # One run is long enough to warm up in, and takes seconds: half the rounds, and all of them count.
  for ((round = 1; round <= (ROUNDS + 1) / 2; round++)); do turn "$round" "$name" 1 us "$@"; done
}

unpack() {
  make_tree "$work/tree" "$TREE_FILES"
  tar -C "$work" -cf "$work/tree.tar" tree
  rm -rf "$work/tree"
  workload unpack run_unpack
}

run_unpack() { timed_in "$1" unpack_into "$work/tree.tar"; }

# The packages of this project, without their install scripts, from a cache that is filled once.
npm_ci() {
  mkdir "$work/npm"
  if ! install_packages --prefer-offline "$work/npm" >/dev/null; then
    echo 'npm-ci is left out: the packages could not be fetched' >&2
    return
  fi
  rm -rf "$work/npm"
  workload npm-ci run_npm_ci
}

run_npm_ci() { timed_in "$1" install_packages --offline; }

# install_packages OPTION FOLDER
install_packages() {
  cp package.json package-lock.json "$2"
  npm ci --prefix "$2" --cache "$work/npm-cache" --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error "$1"
}

compile() {
  make_c_project "$work/project"
  tar -C "$work" -cf "$work/project.tar" project
  rm -rf "$work/project"
  workload compile run_compile
}

run_compile() {
  unpack_into "$work/project.tar" "$1"
  timed make -s -j2 -C "$1/project"
  rm -rf "$1/project"
}

# make_c_project FOLDER: programs as they are, of many sources that include many headers.
make_c_project() {
  mkdir -p "$1/include"
  awk -v root="$1" -v sources="$C_FILES" 'BEGIN {
    for (header = 0; header < 20; header++) {
      name = root "/include/part" header ".h"
      printf "#ifndef PART%d\n#define PART%d\n", header, header >name
      printf "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n" >name
      printf "struct part%d { int size; char text[%d]; };\n#endif\n", header, header + 8 >name
      close(name)
    }
    for (source = 0; source < sources; source++) {
      name = root "/source" source ".c"
      for (header = 0; header < 20; header++) printf "#include \"part%d.h\"\n", header >name
      for (part = 0; part < 20; part++) {
        printf "int source%d_part%d(struct part%d *part, const char *text) {\n", source, part, part >name
        printf "  int sum = 0;\n  for (size_t i = 0; i < strlen(text); i++) sum += text[i] * %d;\n", part + source >name
        printf "  part->size = sum;\n  return snprintf(part->text, sizeof part->text, \"%%d\", sum);\n}\n" >name
      }
      close(name)
    }
    makefile = root "/Makefile"
    printf "OBJECTS = $(patsubst %%.c,%%.o,$(wildcard *.c))\nCFLAGS = -O1 -pipe -Iinclude\nlibrary.a: $(OBJECTS)\n\t$(AR) rcs $@ $^\n" >makefile
  }'
}

# The memory of a daemon that may have 1024 files open and whose kernel knows a million: make, look at all, count.
million() {
  local -a SYSTEMS=(markerfs)
  local before files
  # The last group: what a process may open can not always be raised again.
  ulimit -n 1024
  echo 'million: making the files' >&2
  fresh_volume make_million_files
  before=$(cached_inodes)
  echo 'million: looking at them' >&2
  files=$(find "$(folder_of markerfs)/files" -type f -size -1 -printf x | wc -c)
  note="million: find saw $files files, $(($(cached_inodes) - before)) inodes are cached"
}

make_million_files() {
  local number
  for ((number = 0; number < 1000; number++)); do
    mkdir -p "$1/files/$number"
    (cd "$1/files/$number" && seq -f 'a-file-with-a-name-of-common-length-%.0f' 1000 | xargs touch)
  done
}

# Inodes of FUSE filesystems that the kernel has in memory.
cached_inodes() { awk '$1 == "fuse_inode" { print $2 }' /proc/slabinfo; }

#!/usr/bin/env bash
# Checks the rules of the house that no linter knows: what lies where, and how long it may be.
# Prints each violation; exit status 1 if there is any.
#
# Usage: scripts/house.sh        (no options)
set -euo pipefail
shopt -s nullglob dotglob
cd "$(dirname "${BASH_SOURCE[0]}")/.."

violations=0

violation() {
  printf '%s\n' "$*" >&2
  violations=$((violations + 1))
}

# Other tools' settings live in package.json or under scripts/. What git ignores does not count.
check_top_level() {
  local entry
  for entry in *; do
    case $entry in
      package.json | package-lock.json | tsconfig.json | README.md | LICENSE | .gitignore) ;;
      .ci | src | native-notes | scripts | test) ;;
      .git | node_modules | dist) ;;
      *) violation "$entry: does not belong at the top level" ;;
    esac
  done
}

# One folder has C, so that everything else is checked by one compiler. Tests may bring their own to check the addon by, and the
# benchmark its load: a client in another language would itself be much of what is measured.
check_native_code() {
  local file
  while IFS= read -r file; do
    violation "$file: native code belongs in src/syscalls"
  done < <(find src scripts native-notes \( -name syscalls -o -path scripts/bench \) -prune -o \
    -regex '.*\(\.\(c\|h\|cc\|cpp\|cxx\|hpp\|S\|gypi?\)\)' -print)
}

check_readmes() {
  local layer
  for layer in src/*/; do
    if [[ -f ${layer}README.md ]]; then
      at_most 60 "${layer}README.md"
    else
      violation "$layer: has no README.md (objective, decisions, invariants)"
    fi
  done
}

# Tables (one row for each opcode, layout, error number) read best in one piece.
check_sources() {
  local file
  while IFS= read -r file; do
    case ${file##*/} in
      constants.ts | errno.ts | opcodes.ts | layouts.ts) ;;
      *) at_most 300 "$file" ;;
    esac
  done < <(find src -name '*.ts')
}

# at_most LINES FILE
at_most() {
  local lines
  lines=$(wc -l <"$2")
  ((lines <= $1)) || violation "$2: has $lines lines, at most $1 are allowed; split it by what it keeps true"
}

check_top_level
check_native_code
check_readmes
check_sources
((violations == 0))

#!/usr/bin/env bash
# The main job on real input: mounts, lets cp, tar, git and sqlite3 write a tree of tens of thousands of files, ships it to a slave,
# changes a handful of files and a directory's name, ships again, and has rsync compare source and slave.
# Exit status 0 only if the comparison lists nothing and the second pass looked at a handful of objects.
# Works in a private folder; unmounts and removes everything at the end, whatever happens.
#
# Usage: scripts/demo.sh [--keep]        --keep leaves the folder (unmounted) and says where it is
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Times, numbers and messages as this script expects them, whatever the user's language.
export LC_ALL=C

# Fewer files than this would not show that a pass costs what changed and not what is there.
readonly FILES_WANTED=20000
# A second pass over a handful of changes considers fewer objects than this.
readonly HANDFUL=100

keep=''
case ${1-} in
  '') ;;
  --keep) keep=yes ;;
  -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" && exit ;;
  *) echo "Cannot run the demo: \"$1\" is no option; there is --keep" >&2 && exit 2 ;;
esac

scripts/setup.sh git:git sqlite3:sqlite3

# Not /tmp: there it would often be memory.
work=$(mktemp -d "${TMPDIR:-/var/tmp}/markerfs-demo.XXXXXX")
readonly source=$work/source mount=$work/mount slave=$work/slave

markerfs() { node dist/bundle/cli/main.js "$@"; }

# From the mount table: a mountpoint whose process died answers nothing else.
mounted() { grep -qF " $mount " /proc/self/mountinfo; }

# Unmounts with the program, and where that fails by the process and the mountpoint themselves.
clean_up() {
  local status=$? pid
  trap - EXIT INT TERM
  if ((status)); then
    echo 'The demo failed; the last words of the mount were:' >&2
    tail -n 20 "$source/.markerfs/daemon.log" 2>/dev/null >&2 || true
  fi
  if mounted && ! markerfs umount "$mount"; then
    pid=$(head -n 1 "$source/.markerfs/daemon.lock" || true)
    if [[ $pid ]]; then kill -KILL "$pid" || true; fi
    # Lazy: also where something still has a file open.
    if ((EUID == 0)); then umount -l "$mount" || true; else fusermount3 -u -z "$mount" || true; fi
  fi
  if [[ $keep ]]; then
    echo "Kept $work"
  elif mounted; then
    echo "Cannot remove \"$work\": \"$mount\" is still mounted" >&2
  else
    rm -rf "$work"
  fi
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

heading() { printf '\n== %s\n' "$*"; }

# Files and bytes of the source, without markerfs's own state: counted behind the mount.
measure() { find "$source" -path "$source/.markerfs" -prune -o -type f -printf '%s\n' | awk '{ bytes += $1 } END { print NR, bytes + 0 }'; }

objects() { find "$source" -path "$source/.markerfs" -prune -o -print0 | tr -dc '\0' | wc -c; }

human() { numfmt --to=si --suffix=B --format=%.1f "$1"; }

# step TITLE COMMAND... runs COMMAND and prints the files and bytes that it added and the seconds that it took.
step() {
  local title=$1 files_before bytes_before files bytes started seconds
  shift
  read -r files_before bytes_before < <(measure)
  started=${EPOCHREALTIME/./}
  "$@"
  seconds=$(awk -v us=$((${EPOCHREALTIME/./} - started)) 'BEGIN { printf "%.2f", us / 1e6 }')
  read -r files bytes < <(measure)
  printf '%-44s %7d files %9s %7s s\n' "$title" $((files - files_before)) "$(human $((bytes - bytes_before)))" "$seconds"
}

# Real trees that every system has, until there are files enough.
copy_trees() {
  local tree files
  for tree in node_modules /usr/include /usr/share/doc /usr/lib/python3 "$(npm root --global 2>/dev/null)" /usr/share /usr/lib; do
    # Ordinary users may not read everything.
    [[ -d $tree && ! $(find "$tree" ! -readable -print -quit 2>/dev/null) ]] || continue
    # /usr/include becomes usr/include in the mount; -T: into what is there already, not below it.
    mkdir -p "$(dirname "$mount/$tree")"
    step "cp -a $tree" cp -aT "$tree" "$mount/$tree"
    read -r files _ < <(measure)
    ((files < FILES_WANTED)) || return 0
  done
}

unpack_tarball() {
  tar -C node_modules -czf "$work/typescript.tar.gz" typescript
  step 'tar -xzf typescript.tar.gz' tar -C "$mount" -xzf "$work/typescript.tar.gz"
}

make_repository() {
  # Neither the user's git settings nor the system's.
  local -x GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
  local -x GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@example.org GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@example.org
  git init --quiet --initial-branch=main "$mount/project"
  cp -a package.json tsconfig.json src scripts "$mount/project/"
  git -C "$mount/project" add --all
  git -C "$mount/project" commit --quiet --message='Everything'
  git -C "$mount/project" mv scripts tools
  git -C "$mount/project" commit --quiet --message='Scripts are tools'
  git -C "$mount/project" repack -a -d --quiet
  git -C "$mount/project" fsck --strict --no-progress
}

# A table of the files that are there, filled and indexed through SQLite's write-ahead log.
make_database() {
  find "$source" -path "$source/.markerfs" -prune -o -type f -printf '%s|%T@|%f\n' >"$work/files.txt"
  sqlite3 "$mount/files.db" >"$work/sqlite.txt" <<SQL
PRAGMA journal_mode = WAL;
CREATE TABLE files (bytes INTEGER, modified REAL, name TEXT);
.import $work/files.txt files
CREATE INDEX by_name ON files (name);
UPDATE files SET name = upper(name) WHERE bytes > 100000;
PRAGMA integrity_check;
SQL
  [[ $(tr '\n' ' ' <"$work/sqlite.txt") == 'wal ok ' ]]
}

# One pass; what it answers is kept in $work/pass.json. The time is that of the whole process.
ship() {
  local started=${EPOCHREALTIME/./} microseconds
  markerfs ship "$source" --json >"$work/pass.json"
  microseconds=$((${EPOCHREALTIME/./} - started))
  node -e '
    const pass = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const [there, us] = process.argv.slice(1).map(Number);
    console.log("crawl %s: considered %d of %d objects; shipped %d, renamed %d, deleted %d, failed %d; %s MB; %s s", pass.crawl,
      pass.considered, there, pass.shipped, pass.renamed, pass.deleted, pass.failed, (pass.bytes / 1e6).toFixed(1), (us / 1e6).toFixed(2));
    process.exitCode = pass.failed === 0 ? 0 : 1;
  ' "$(objects)" "$microseconds" <"$work/pass.json"
}

# considered_at_most NUMBER fails if the last pass looked at more objects.
considered_at_most() {
  local considered
  considered=$(node -p 'JSON.parse(require("node:fs").readFileSync(0, "utf8")).considered' <"$work/pass.json")
  ((considered <= $1)) || { echo "The pass considered $considered objects, at most $1 were to be expected" >&2 && return 1; }
}

change_a_handful() {
  local project=$mount/project
  echo 'one line more' >>"$project/package.json"
  touch -d '2001-02-03 04:05:06.123456789' "$project/tsconfig.json"
  chmod 0600 "$project/src/README.md"
  ln "$project/package.json" "$project/second-name.json"
  ln -s package.json "$project/symlink.json"
  rm "$project/tools/demo.sh"
  printf 'a name of odd bytes' >"$project/"$'odd \xff\n#name'
  sqlite3 "$mount/files.db" 'UPDATE files SET bytes = bytes + 1 WHERE rowid <= 10'
  mv "$mount/typescript" "$mount/typescript-renamed"
}

# rsync alone, by checksum, from source to slave, changing nothing: what it would do is what differs.
#   -aHAXS        content, type, mode, owner, group, mtime, hard links, ACLs, xattrs, holes
#   -n            only say it
#   --checksum    by content, not by size and time; --modify-window=-1 compares times to the nanosecond
#   --delete      name what the source does not have
#   -x ...        marks, and what rsync leaves out by itself until a filter names xattrs (an ordinary user's sees user.* only)
compare() {
  local filters=(--filter='-x trusted.markerfs.**' --filter='-x user.markerfs.**' --filter='-x system.**')
  ((EUID == 0)) || filters+=(--filter='-x security.**' --filter='-x trusted.**')
  rsync -aHAXSn --checksum --delete --itemize-changes --numeric-ids --modify-window=-1 "${filters[@]}" \
    --exclude=/.markerfs/ --exclude=/.markerfs-slave/ "$source/" "$slave/" >"$work/differences.txt"
  if [[ -s $work/differences.txt ]]; then
    echo 'Source and slave differ:' >&2
    head -n 20 "$work/differences.txt" >&2
    return 1
  fi
  echo "rsync lists no difference between the $(objects) objects of the source and the slave"
}

mkdir "$source" "$mount" "$slave"
heading "Mount (as $(id -un), in $work)"
markerfs "$source" "$mount"
markerfs slave add "$source" copy "$slave"

heading 'Write through the mount'
copy_trees
unpack_tarball
step 'git init, add, commit, mv, commit, repack' make_repository
step 'sqlite3, WAL: a table of all the files' make_database

heading 'Ship: the first pass'
ship

heading 'Change a handful of files and the name of a directory, ship again'
change_a_handful
ship
considered_at_most "$HANDFUL"

heading 'Ship with nothing changed'
ship
considered_at_most 0

heading 'markerfs status'
markerfs status "$source"

heading 'Unmount and compare'
markerfs umount "$mount"
compare

#!/usr/bin/env bash
# Makes this checkout ready to run: system packages, npm packages, the system-call addon, the build.
# Each step is skipped while what it was made from is unchanged, so a second run takes a second.
#
# Usage: scripts/setup.sh [--tests] [COMMAND:PACKAGE]...
#   --tests            what the tests need, too: filesystems, PostgreSQL, a browser
#   COMMAND:PACKAGE    another command that the caller needs, with its Debian package
# Debian or Ubuntu with Node; root, or sudo where packages are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Commands that markerfs and its build run and a bare system may lack, each with its Debian package.
readonly TOOLS=(rsync:rsync ssh:openssh-client fusermount3:fuse3 g++:g++ make:make /usr/bin/python3:python3)

# Those of the tests.
readonly TEST_TOOLS=(
  setfacl:acl setfattr:attr git:git sqlite3:sqlite3 setpriv:util-linux chattr:e2fsprogs mkfs.xfs:xfsprogs
  mkfs.btrfs:btrfs-progs shellcheck:shellcheck setcap:libcap2-bin /usr/sbin/sshd:openssh-server pg_createcluster:postgresql
  zsh:zsh fish:fish man:man-db systemd-analyze:systemd
)

with_tests=''
if [[ ${1-} == --tests ]]; then
  with_tests=yes
  shift
fi

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

check_node() {
  command -v node >/dev/null || die 'Cannot set up markerfs: Node is not installed; get 20, 22 or 24 from https://nodejs.org'
  command -v npm >/dev/null || die 'Cannot set up markerfs: npm is not installed; it comes with Node from https://nodejs.org'
  # package.json says which versions: the same major, at least the minor, of one of "^X.Y || ^X.Y".
  node -e '
    const wanted = require("./package.json").engines.node;
    const [major, minor] = process.versions.node.split(".").map(Number);
    const fits = [...wanted.matchAll(/\^(\d+)\.(\d+)/g)].some((range) => major === +range[1] && minor >= +range[2]);
    if (fits) process.exit(0);
    console.error("Cannot set up markerfs: Node is " + process.version + ", wanted " + wanted + "; see https://nodejs.org");
    process.exit(1);'
}

install_system_packages() {
  local tool missing=()
  for tool in "${TOOLS[@]}" "$@"; do
    command -v "${tool%%:*}" >/dev/null || missing+=("${tool#*:}")
  done
  ((${#missing[@]})) || return 0
  echo "== System packages: ${missing[*]}"
  command -v apt-get >/dev/null ||
    die "Cannot install ${missing[*]}: this system has no apt-get; install them in its own way and run this again"
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "Cannot install ${missing[*]}: not root and no sudo; ask an administrator for: apt-get install ${missing[*]}"
  fi
  # A list of packages that could not be refreshed may still be good enough to install from.
  as_root apt-get -qq update || echo 'apt-get update failed; going on with the package lists as they are' >&2
  case " ${missing[*]} " in *' postgresql '*) keep_postgresql_idle ;; esac
  install_packages "${missing[@]}"
}

# The dashboard's tests open it in a browser. Ubuntu has none as a package: there they are skipped.
install_browser() {
  if command -v chromium >/dev/null || ! command -v apt-get >/dev/null; then return; fi
  echo '== System package: chromium, for the tests of the dashboard'
  as_root apt-get -qq update || true
  install_packages chromium || echo 'Going on without chromium; the tests of the dashboard in a browser will be skipped' >&2
}

# The lock timeout waits for another apt-get to end; recommended packages are not needed.
install_packages() { as_root apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 install "$@"; }

# The server's package makes a database of its own and starts it, unless its common part is there and says otherwise.
keep_postgresql_idle() {
  install_packages postgresql-common
  as_root sed -i 's/^#*create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
}

# Runs a command as root, with no questions from the packages' own set-up.
as_root() {
  local sudo=()
  if ((EUID != 0)); then
    sudo=(sudo)
    # Without a terminal nobody can type a password: -n fails at once and says so.
    [[ -t 1 ]] || sudo+=(-n)
  fi
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

check_mount() {
  [[ -c /dev/fuse ]] ||
    die 'Cannot mount: /dev/fuse is missing; run "modprobe fuse", or give the container --device /dev/fuse --cap-add SYS_ADMIN'
  # udev opens the device to all users. Where no udev runs and we are root, so do we: ordinary users mount too.
  if ((EUID == 0)) && [[ ! -e /run/udev/control && $(stat -c %a /dev/fuse) != 666 ]]; then chmod 0666 /dev/fuse; fi
  # Requests over io_uring (Linux 6.14 on) are off until somebody turns them on; they save half of what a request costs.
  local uring=/sys/module/fuse/parameters/enable_uring
  if ((EUID == 0)) && [[ -w $uring ]]; then echo Y >"$uring" || true; fi
  [[ -r /dev/fuse && -w /dev/fuse ]] || die "Cannot mount: $(id -un) may not open /dev/fuse; its mode should be 0666"
  if ((EUID == 0)); then
    local capabilities
    capabilities=$(awk '/^CapEff:/ { print $2 }' /proc/self/status)
    # Bit 21 is CAP_SYS_ADMIN.
    ((0x$capabilities >> 21 & 1)) || die 'Cannot mount: root lacks CAP_SYS_ADMIN here; give the container --cap-add SYS_ADMIN'
  else
    [[ -u $(command -v fusermount3) ]] || die 'Cannot mount: fusermount3 is not setuid root; run "apt-get install --reinstall fuse3"'
    ! grep -q '^NoNewPrivs:.*1' /proc/self/status || die 'Cannot mount: no_new_privs is set, so fusermount3 cannot become root'
  fi
}

# step TITLE STAMP COMMAND INPUT... runs COMMAND unless the file STAMP says that it was done with these INPUT files by this Node.
step() {
  local title=$1 stamp=$2 command=$3 wanted
  shift 3
  wanted=$(printf '%s\n' "$NODE_ABI" "$(sha256sum -- "$@")" | sha256sum)
  if [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; then return; fi
  [[ -w . ]] || die "Cannot set up \"$PWD\": $(id -un) may not write there"
  echo "== $title"
  rm -f "$stamp"
  "$command" </dev/null
  echo "$wanted" >"$stamp"
}

install_npm_packages() {
  # Exactly what the lock file says. package.json (allowScripts) permits the compiled packages their install scripts.
  npm ci --no-audit --no-fund
  # The packages with compiled code; which release of better-sqlite3 is used: see src/volume/sqlite.ts.
  local package sqlite
  sqlite=$(node -p 'process.versions.napi >= 10 ? "better-sqlite3-13" : "better-sqlite3"')
  for package in "$sqlite" fs-xattr; do
    loads "$package" 2>/dev/null || compile "$package"
    loads "$package" || die "Cannot load the npm package \"$package\": it was not built for Node $(node -v); see the messages above"
  done
  prepare_fuse_native
}

# The second engine is optional. It brings a binary (its install script is not needed) that wants libfuse 2 from the system.
prepare_fuse_native() {
  if loads fuse-native 2>/dev/null; then return; fi
  if [[ -d node_modules/fuse-native ]] && command -v apt-get >/dev/null; then
    echo '== System package: libfuse2, for the engine fuse-native'
    as_root apt-get -qq update || true
    # Its name since Debian 13 and Ubuntu 24.04, then the one before.
    install_packages libfuse2t64 2>/dev/null || install_packages libfuse2 || true
  fi
  loads fuse-native || echo 'Going on without the optional engine fuse-native; see native-notes/fuse-native.md' >&2
}

# Loads a package and calls it, so that its compiled part is loaded too.
loads() {
  node --input-type=module -e '
    const loaded = await import(process.argv[1]);
    if (process.argv[1].startsWith("better-sqlite3")) new loaded.default(":memory:").close();' "$1"
}

# For machines where npm refuses all install scripts by policy.
compile() {
  echo "== npm left $1 unbuilt: compiling it"
  node_modules/.bin/node-gyp rebuild --release --silent --directory "node_modules/$1"
}

build_addon() { npm run --silent build:addon; }

build() { npm run --silent build; }

check_node
if [[ $with_tests ]]; then
  install_system_packages "${TEST_TOOLS[@]}" "$@"
  install_browser
else
  install_system_packages "$@"
fi
check_mount

# One set-up at a time in one checkout: the demo and the tests may be started together.
exec 9<scripts/setup.sh
flock 9

# Compiled code is good for one version of Node's binary interface and one processor.
NODE_ABI=$(node -p 'process.versions.modules + " " + process.arch')
# Node's headers where they came with it: node-gyp need not fetch them.
NODE_HOME=$(dirname "$(dirname "$(node -p 'process.execPath')")")
if [[ -f $NODE_HOME/include/node/node_version.h ]]; then export npm_package_config_node_gyp_nodedir=$NODE_HOME; fi

mapfile -t ADDON < <(find src/syscalls -maxdepth 1 \( -name '*.[ch]' -o -name binding.gyp \) | sort)
mapfile -t SOURCES < <(find src test scripts \( -name '*.ts' -o -name '*.cts' -o -path '*/page/*' -type f \) | sort)
step 'npm packages' node_modules/.markerfs-setup install_npm_packages package-lock.json
step 'System-call addon' src/syscalls/build/.markerfs-setup build_addon "${ADDON[@]}"
# Of the programs V8's compiled code is kept, too.
NODE_ABI+=" $(node -p process.versions.v8)"
step 'Build' dist/.markerfs-setup build package.json package-lock.json tsconfig.json "${SOURCES[@]}"

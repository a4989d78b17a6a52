import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { script } from '../support/run.js';
import { Served } from '../support/served.js';
import { PROJECT } from '../support/volume.js';
import { makeWork } from '../support/work.js';

let served: Served;

test.before(async () => {
  served = await Served.start();
});

test.after.always('the daemon ends in order, and found no fault in itself', async (t) => {
  t.is(await served?.stop(), 0, served?.log);
  t.notRegex(served.log, /Cannot serve|Worker/);
});

/** In a bare repository on a plain disk: a few hundred files in two commits, with a branch. */
const MAKE_REPOSITORY = `
cd "$1"
git init -q -b main
cp -r "$2/src" "$2/test" .
rm -rf src/syscalls/build
git add . && git commit -q -m first
git mv src/fuse src/kernel && git rm -q -r src/cli && git commit -q -m second
git checkout -q -b branch HEAD~1 && echo more >>src/README.md && git commit -q -a -m third
git checkout -q main`;

const WORK_WITH_IT = `
cd "$1"
git clone -q "$2" clone
cd clone
git merge -q -m merge origin/branch
for ((index = 0; index < 20; index++)); do
  echo "$index" >"file $index" && git add . && git commit -q -m "commit $index"
done
git stash -q --include-untracked && ! git stash pop -q 2>/dev/null
git fsck --strict --no-progress 2>&1
git gc -q --prune=now
git fsck --strict --full --no-progress 2>&1
git status --porcelain
git rev-list --count HEAD
git ls-files | xargs -d '\\n' sha1sum | sha1sum`;

const GIT = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};

test('git clones, commits, checks and packs on the mount as on a plain directory', async (t) => {
  const work = makeWork(t);
  const [repository, plain] = [join(work, 'repository'), join(work, 'plain')];
  for (const folder of [repository, plain]) mkdirSync(folder);
  await script(MAKE_REPOSITORY, [repository, PROJECT], { env: GIT });
  const expected = await script(WORK_WITH_IT, [plain, repository], { env: GIT });
  t.is(await script(WORK_WITH_IT, [served.mountpoint, repository], { env: GIT }), expected);
  t.regex(expected, /^24\n/m);
});

const COMPILE = `
cd "$1"
make -s -j 4 -f - <<'MAKE'
objects = $(patsubst %.c,%.o,$(sort $(wildcard *.c)))
%.o: %.c
	cc -c $< -o $@
all.a: $(objects)
	ar rcD $@ $^
MAKE
sha1sum all.a`;

test('a compile on the mount makes the same objects as on a plain directory', async (t) => {
  const plain = join(makeWork(t), 'compile');
  const onMount = join(served.mountpoint, 'compile');
  for (const folder of [plain, onMount]) {
    mkdirSync(folder);
    cpSync(join(PROJECT, 'node_modules/better-sqlite3/deps/sqlite3'), folder, { recursive: true });
    // Beside a large one many small ones, which are compiled at the same time.
    await script('for ((n = 0; n < 40; n++)); do echo "int f$n(int x) { return x + $n; }" >"$1/f$n.c"; done', [folder]);
  }
  const expected = await script(COMPILE, [plain]);
  t.is(await script(COMPILE, [onMount]), expected);
  // The one that was made on the mount is good to link a program from.
  await script(
    'cd "$1" && echo "int f7(int); int main(void) { return f7(0) - 7; }" >main.cc && c++ -x c main.cc -x none all.a -lm -ldl -lpthread -o main && ./main',
    [onMount],
  );
});

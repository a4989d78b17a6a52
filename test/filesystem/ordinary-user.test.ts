import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { script } from '../support/run.js';
import { NOBODY, testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';
import { makeWork } from '../support/work.js';

/** Makes a file that nobody may write to, and writes to it through the handle that made it, as git does. */
const WRITES_ITS_READ_ONLY_FILE = `"$node" -e '
  const fd = fs.openSync("file", "wx", 0o444);
  fs.writeSync(fd, "content");
  fs.closeSync(fd)'
  test "$(cat file)" = content`;

/**
 * What the owner of a file may do, though he may not write to it: a script that furnishes a folder, and one that comes after a remount. The marks of an ordinary
 * user are `user.` xattrs, which want the right to write that these operations do without.
 */
const CASES: Readonly<Record<string, readonly [before: string, after: string]>> = {
  'write through the handle that made a read-only file': [
    WRITES_ITS_READ_ONLY_FILE,
    `rm -f file; ${WRITES_ITS_READ_ONLY_FILE}`,
  ],
  'make a read-only file writable': ['echo x >file; chmod 444 file', 'chmod 644 file; echo y >file'],
  'make a file of mode 0 readable': ['echo x >file; chmod 0 file', 'chmod 400 file; test "$(cat file)" = x'],
  'rename a read-only file': ['touch file; chmod 444 file', 'mv file other; mkdir folder; mv other folder/file'],
  'link a read-only file': ['touch file; chmod 444 file', 'ln file twin; rm -f file twin'],
  'set the times of a read-only file': [
    'touch file; chmod 444 file',
    'touch -d @1 file; test "$(stat -c %Y file)" = 1',
  ],
  'change what lies in a read-only directory': [
    'mkdir folder; echo x >folder/file; mkdir folder/inner; chmod 555 folder',
    'echo y >folder/file; touch folder/inner/new; chmod 755 folder; rm -r folder',
  ],
  'commit to a git repository': [
    'git init -q .; echo x >file; git add .; git commit -qm one',
    'echo y >>file; git commit -qam two; git gc -q; test "$(git rev-list --count HEAD)" = 2',
  ],
};

const env = {
  node: process.execPath,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};

/** Runs the scripts of all cases in folders of their own; returns what went wrong, by case. */
async function runAll(folder: string, phase: 0 | 1): Promise<Record<string, string>> {
  const wrong: Record<string, string> = {};
  for (const [number, [title, scripts]] of Object.entries(CASES).entries()) {
    const text = `umask 022; mkdir -p "$1/case ${number}"; cd "$1/case ${number}"; ${scripts[phase]}`;
    await script(text, [folder], { as: NOBODY, env }).catch((error: Error) => {
      wrong[title] = error.message;
    });
  }
  return wrong;
}

testAsRoot('plain directory: what the owner of read-only files may do', async (t) => {
  const folder = join(makeWork(t), 'folder');
  mkdirSync(folder);
  chownSync(folder, NOBODY.uid, NOBODY.gid);
  t.deepEqual(await runAll(folder, 0), {});
  t.deepEqual(await runAll(folder, 1), {});
});

testAsRoot('mount of an ordinary user: what the owner of read-only files may do', async (t) => {
  const volume = await TestVolume.create(t, NOBODY);
  await volume.mount();
  t.deepEqual(await runAll(volume.mountpoint, 0), {});
  await volume.umount();
  await volume.mount();
  t.deepEqual(await runAll(volume.mountpoint, 1), {});
});

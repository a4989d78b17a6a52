import { chmodSync, chownSync, lchownSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AT_FDCWD, cstr, native, S_IFBLK, S_IFCHR } from '../../../src/syscalls/index.js';
import { must, run, script, type User } from '../../support/run.js';
import { ALICE, BOB, TEAM } from '../../support/users.js';
import { type PosixCases, resultOf } from './case.js';
import { get, set } from './xattrs.js';

/** A script as a user in a directory; true where it succeeds. */
async function may(user: User, dir: string, text: string): Promise<boolean> {
  return (await run(['bash', '-euo', 'pipefail', '-c', text], { as: user, cwd: dir })).status === 0;
}

/** Opens a directory to everybody. */
function open(dir: string): void {
  chmodSync(dir, 0o777);
}

const MAKES_ALL = 'umask 022; touch file; mkdir folder; ln -s target link; mkfifo fifo; ln file twin';
const MADE = ['file', 'folder', 'link', 'fifo', 'twin'];

/** What needs root: other users, owners, devices. */
export const ownerCases: PosixCases = {
  'what a user makes is his': async (t, dir) => {
    open(dir);
    await script(MAKES_ALL, [], { as: ALICE, cwd: dir });
    for (const name of MADE) {
      const { uid, gid } = lstatSync(join(dir, name));
      t.deepEqual([uid, gid], [ALICE.uid, ALICE.gid], name);
    }
    // Nothing of one caller is left for the next.
    mkdirSync(join(dir, 'of root'));
    chmodSync(join(dir, 'of root'), 0o777);
    await script(MAKES_ALL, [], { as: BOB, cwd: join(dir, 'of root') });
    t.is(lstatSync(join(dir, 'of root/link')).uid, BOB.uid);
    t.deepEqual([statSync(join(dir, 'of root')).uid, statSync(join(dir, 'of root')).gid], [0, 0]);
  },

  'a directory with set-group-ID gives its group, and directories the bit': async (t, dir) => {
    for (const [name, group] of [
      ['team', TEAM],
      ['other', 42_007],
    ] as const) {
      const place = join(dir, name);
      mkdirSync(place);
      chownSync(place, 0, group);
      chmodSync(place, 0o2777);
      await script(MAKES_ALL, [], { as: ALICE, cwd: place });
      for (const made of MADE) t.is(lstatSync(join(place, made)).gid, group, `${name}/${made}`);
      t.is(statSync(join(place, 'folder')).mode & 0o7777, 0o2755);
    }
  },

  'set-group-ID on a new file stays only for members of the group': async (t, dir) => {
    for (const [name, group, mode] of [
      ['team', TEAM, 0o2755],
      ['other', 42_007, 0o755],
    ] as const) {
      const place = join(dir, name);
      mkdirSync(place);
      chownSync(place, 0, group);
      chmodSync(place, 0o2777);
      const make = 'process.umask(0); fs.closeSync(fs.openSync("file", "wx", 0o2755))';
      await must([process.execPath, '-e', make], { as: ALICE, cwd: place });
      t.is(statSync(join(place, 'file')).mode & 0o7777, mode, name);
    }
  },

  'a default ACL replaces the umask and is inherited': async (t, dir) => {
    open(dir);
    await must(['setfacl', '-d', '-m', `u::rwx,g::r-x,o::---,u:${BOB.uid}:rwx`, dir]);
    await script('umask 077; touch file; mkdir folder', [], { as: ALICE, cwd: dir });
    const acl = (name: string) => must(['getfacl', '-cnpE', join(dir, name)]);
    t.is(await acl('file'), `user::rw-\nuser:${BOB.uid}:rwx\ngroup::r-x\nmask::rw-\nother::---\n`);
    const folder = await acl('folder');
    t.true(folder.includes(`default:user:${BOB.uid}:rwx`), folder);
    t.true(await may(BOB, dir, 'echo x >file; touch folder/file'));
  },

  'ACLs decide who may do what': async (t, dir) => {
    writeFileSync(join(dir, 'file'), 'secret', { mode: 0o600 });
    t.false(await may(ALICE, dir, 'cat file'));
    await must(['setfacl', '-m', `u:${ALICE.uid}:r--`, join(dir, 'file')]);
    t.true(await may(ALICE, dir, 'cat file'));
    t.false(await may(ALICE, dir, 'echo x >file'));
    t.false(await may(BOB, dir, 'cat file'));
    await must(['setfacl', '-m', `g:${TEAM}:rw-,u:${ALICE.uid}:---`, join(dir, 'file')]);
    t.false(await may(ALICE, dir, 'cat file'));
    await must(['setfacl', '-b', join(dir, 'file')]);
    t.false(await may(ALICE, dir, 'cat file'));
    t.is(statSync(join(dir, 'file')).mode & 0o7777, 0o600);
  },

  'modes decide who may do what': async (t, dir) => {
    const [file, folder] = [join(dir, 'file'), join(dir, 'folder')];
    writeFileSync(file, 'content');
    mkdirSync(folder);
    writeFileSync(join(folder, 'inner'), '');
    const rows: [owner: number, group: number, mode: number, allowed: Record<string, boolean>][] = [
      [0, 0, 0o644, { 'cat file': true, 'echo x >file': false, 'chmod 600 file': false, 'touch -d @1 file': false }],
      [0, TEAM, 0o060, { 'cat file': true, 'echo x >>file': true, 'chmod 600 file': false }],
      [ALICE.uid, 0, 0o066, { 'cat file': false, 'echo x >file': false, 'chmod 066 file': true }],
      [
        ALICE.uid,
        0,
        0o600,
        { 'touch -d @1 file': true, [`chgrp ${TEAM} file`]: true, 'chgrp 1 file': false, 'chown 0 file': false },
      ],
    ];
    for (const [owner, group, mode, allowed] of rows) {
      for (const [action, expected] of Object.entries(allowed)) {
        chownSync(file, owner, group);
        chmodSync(file, mode);
        t.is(await may(ALICE, dir, action), expected, `${action} with ${owner}:${group} ${mode.toString(8)}`);
      }
    }
    for (const [mode, lists, enters] of [
      [0o755, true, true],
      [0o711, false, true],
      [0o744, true, false],
      [0o700, false, false],
    ] as const) {
      chmodSync(folder, mode);
      t.is(await may(ALICE, dir, 'ls folder >/dev/null'), lists, `list ${mode.toString(8)}`);
      t.is(await may(ALICE, dir, 'test -e folder/inner'), enters, `enter ${mode.toString(8)}`);
      t.false(await may(ALICE, dir, 'touch folder/new'));
    }
  },

  'in a sticky directory each removes only what is his': async (t, dir) => {
    chmodSync(dir, 0o1777);
    await script('touch alice spare', [], { as: ALICE, cwd: dir });
    t.false(await may(BOB, dir, 'rm -f alice'));
    t.false(await may(BOB, dir, 'mv alice bob'));
    t.false(await may(BOB, dir, 'touch bob; mv bob alice'));
    t.true(await may(ALICE, dir, 'rm alice; mv spare other'));
  },

  'chown sets owner and group, of a symlink too, and drops the set-ID bits': (t, dir) => {
    const [file, link] = [join(dir, 'file'), join(dir, 'link')];
    writeFileSync(file, '');
    symlinkSync('file', link);
    chmodSync(file, 0o6755);
    chownSync(file, 1234, 5678);
    const { uid, gid, mode } = statSync(file);
    t.deepEqual([uid, gid, mode & 0o7777], [1234, 5678, 0o755]);
    lchownSync(link, 4_000_000_000, 77);
    t.deepEqual([lstatSync(link).uid, lstatSync(link).gid], [4_000_000_000, 77]);
    t.is(statSync(link).uid, 1234);
  },

  'what root writes keeps the set-ID bits, what a user writes then does not': async (t, dir) => {
    open(dir);
    const file = join(dir, 'program');
    writeFileSync(file, 'content');
    chmodSync(file, 0o6777);
    await script('printf more >>"$1"', [file]);
    t.is(statSync(file).mode & 0o7777, 0o6777);
    await script(
      'exec 3>>"$1"; printf more >&3; setpriv --reuid=41002 --regid=41002 --clear-groups --inh-caps=-all bash -c "printf user >&3"',
      [file],
      { cwd: '/' },
    );
    t.is(statSync(file).mode & 0o7777, 0o777);
  },

  'a change of content by a user takes the set-ID bits away': async (t, dir) => {
    const actions: Record<string, string> = {
      write: 'echo x >>file',
      truncate: 'truncate -s 3 file',
      'open with O_TRUNC': ': >file',
      fallocate: 'fallocate -l 100 file',
    };
    const file = join(dir, 'file');
    for (const [title, action] of Object.entries(actions)) {
      writeFileSync(file, 'content');
      chmodSync(file, 0o6777);
      t.true(await may(ALICE, dir, action), title);
      t.is(statSync(file).mode & 0o7777, 0o777, title);
    }
  },

  'devices keep their numbers': (t, dir) => {
    const rows: [kind: number, major: number, minor: number][] = [
      [S_IFCHR, 1, 3],
      [S_IFBLK, 7, 255],
      [S_IFCHR, 4095, 256],
      [S_IFBLK, 259, 0xfffff],
    ];
    for (const [index, [kind, major, minor]] of rows.entries()) {
      const path = join(dir, String(index));
      t.is(resultOf(native.mknodat(AT_FDCWD, cstr(path), kind | 0o600, major, minor)), 0);
      const { mode, rdev } = lstatSync(path, { bigint: true });
      t.is(mode, BigInt(kind | 0o600));
      // As the C library puts them together, makedev(3).
      t.is(rdev, BigInt(((major & 0xfff) << 8) | (minor & 0xff)) | (BigInt(minor & ~0xff) << 12n), `${major}:${minor}`);
    }
  },

  'a user makes no devices': async (t, dir) => {
    open(dir);
    t.false(await may(ALICE, dir, 'mknod device c 1 3'));
  },

  'trusted xattrs and capabilities of files are kept': async (t, dir) => {
    const path = join(dir, 'file');
    writeFileSync(path, '', { mode: 0o755 });
    t.is(set(path, 'trusted.note', 'seen by root'), 0);
    t.is(get(path, 'trusted.note'), 'seen by root');
    // VFS_CAP_REVISION_2 with CAP_NET_RAW permitted.
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    t.is(set(path, 'security.capability', capability), 0);
    t.is(get(path, 'security.capability'), capability.toString('latin1'));
    chmodSync(path, 0o777);
    t.true(await may(ALICE, dir, 'echo x >file'));
    t.is(get(path, 'security.capability'), 'ENODATA');
  },
};

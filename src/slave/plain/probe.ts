import fs from 'node:fs';
import path from 'node:path';
import { AT_FDCWD, cstr, native, S_IFCHR, S_IFIFO } from '../../syscalls/index.js';
import { isRoot } from '../../volume/user.js';
import { SLAVE_STATE } from '../identity.js';
import { type Aspect, ITEMIZE, itemsIn } from '../rsync/items.js';
import { execRsync } from '../rsync/run.js';
import type { Lack } from './lacks.js';
import { EVERYTHING, type Remote } from './remote.js';
import { TEMPORARY, withScratch } from './state.js';

const FOLDER = `${SLAVE_STATE}/probe`;
/** Ids that no system gives to an account. */
const NOBODYS = 41_003;

/**
 * What a slave does not keep: some objects are brought to its state folder, which must be there, and fetched back.
 * Throws Unfit where it does not take them at all.
 */
export async function probe(remote: Remote): Promise<Lack[]> {
  return withScratch(async (scratch) => {
    const [sample, back] = [path.join(scratch, FOLDER), path.join(scratch, 'back')];
    makeSample(sample);
    const isOld = await put(remote, scratch);
    await remote.fetch(FOLDER, back);
    const lacks = await compare(sample, back);
    return isOld ? ['fsync', ...lacks] : lacks;
  });
}

/** Answers whether its rsync knows no --fsync. */
async function put(remote: Remote, scratch: string): Promise<boolean> {
  const flags = [`--temp-dir=${TEMPORARY}`];
  const first = await remote.tryOut(scratch, FOLDER, ['--fsync', ...flags]);
  if (first.status === 0 || first.status === 23) return false;
  if (!/fsync/.test(first.stderr)) remote.refuse(first);
  const second = await remote.tryOut(scratch, FOLDER, flags);
  if (second.status !== 0 && second.status !== 23) remote.refuse(second);
  return true;
}

/** As much of everything as this user can make here. */
function makeSample(folder: string): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = (name: string): string => path.join(folder, name);
  fs.writeFileSync(at('file'), 'markerfs', { mode: 0o640 });
  if (isRoot()) fs.chownSync(at('file'), NOBODYS, NOBODYS);
  native.setxattr(cstr(at('file')), cstr('user.probe'), Buffer.from('1'), 0);
  native.setxattr(cstr(at('file')), cstr('system.posix_acl_access'), acl(), 0);
  fs.utimesSync(at('file'), 1_000_000_000.123, 1_000_000_000.123);
  fs.writeFileSync(at('name'), '');
  fs.linkSync(at('name'), at('name2'));
  native.mknodat(AT_FDCWD, cstr(at('fifo')), S_IFIFO | 0o600, 0, 0);
  native.mknodat(AT_FDCWD, cstr(at('device')), S_IFCHR | 0o600, 1, 3);
}

/** POSIX ACL of version 2: rw for the owner, read for a user more, nothing for others (linux/posix_acl_xattr.h). */
function acl(): Buffer {
  const UNDEFINED = 0xffffffff;
  const entries = [
    [1, 6, UNDEFINED],
    [2, 4, NOBODYS],
    [4, 4, UNDEFINED],
    [16, 4, UNDEFINED],
    [32, 0, UNDEFINED],
  ] as const;
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(2);
  for (const [index, [tag, permissions, id]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + 8 * index);
    bytes.writeUInt16LE(permissions, 6 + 8 * index);
    bytes.writeUInt32LE(id, 8 + 8 * index);
  }
  return bytes;
}

/** What of the sample's file did not come back, as rsync calls it. */
const LACKS: Readonly<Partial<Record<Aspect, Lack>>> = {
  mtime: 'times',
  mode: 'modes',
  owner: 'owners',
  group: 'groups',
  acl: 'acls',
  xattrs: 'xattrs',
};

async function compare(sample: string, back: string): Promise<Lack[]> {
  const flags = [...EVERYTHING, '--dry-run', ...ITEMIZE];
  const { stdout } = await execRsync([...flags, `${sample}/`, `${back}/`], { env: {} }, { patienceMs: 60_000 });
  const file = itemsIn(stdout).find(({ path }) => path === 'file')?.aspects ?? [];
  const lacks = file.flatMap((aspect) => LACKS[aspect] ?? []);
  const [made, kept] = [sample, back].map((folder) => new Set(fs.readdirSync(folder)));
  if (fs.statSync(path.join(back, 'name')).nlink < 2) lacks.push('links');
  if (made?.has('fifo') && !kept?.has('fifo')) lacks.push('specials');
  if (made?.has('device') && !kept?.has('device')) lacks.push('devices');
  return lacks;
}

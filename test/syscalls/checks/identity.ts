import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CLONE_FS,
  cstr,
  EINVAL,
  EPERM,
  type Native,
  PR_SET_SECUREBITS,
  SECBIT_NO_SETUID_FIXUP,
} from '../../../src/syscalls/index.js';
import { type Check, isRoot } from './check.js';

const PR_GET_SECUREBITS = 27;

/** A line of what the kernel knows of the calling thread. */
function ofThisThread(field: string): string {
  const line = readFileSync('/proc/thread-self/status', 'latin1')
    .split('\n')
    .find((text) => text.startsWith(`${field}:`));
  return (
    line
      ?.slice(field.length + 1)
      .trim()
      .replaceAll(/\s+/g, ' ') ?? ''
  );
}

/** The uid (or gid) that counts for files: the last of real, effective, saved and filesystem. */
const fsId = (field: 'Uid' | 'Gid') => Number(ofThisThread(field).split(' ').at(-1));

const groups = (...ids: number[]) => Buffer.from(new Uint32Array(ids).buffer);

/** Checks that change the thread; each puts back what it changed. */
export const identityChecks = {
  setfsuid: ({ native }, is) => {
    const own = process.getuid?.() ?? 0;
    is([native.setfsuid(own), fsId('Uid')], [own, own], 'the same');
    if (!isRoot) return;
    is([native.setfsuid(4_000_000_000), fsId('Uid')], [0, 4_000_000_000], 'an id above 31 bits');
    is(native.setfsuid(0xffffffff), 4_000_000_000, 'what is no id changes nothing');
    is([native.setfsuid(0), fsId('Uid')], [4_000_000_000, 0], 'back');
  },

  setfsgid: ({ native }, is) => {
    const own = process.getgid?.() ?? 0;
    is([native.setfsgid(own), fsId('Gid')], [own, own], 'the same');
    if (!isRoot) return;
    is([native.setfsgid(12_345), fsId('Gid')], [own, 12_345], 'another');
    is([native.setfsgid(own), fsId('Gid')], [12_345, own], 'back');
  },

  setgroups: ({ native }, is) => {
    if (!isRoot) {
      is(native.setgroups(groups(1)), -EPERM, 'as an ordinary user');
      return;
    }
    const before = process.getgroups?.() ?? [];
    is([native.setgroups(groups(7, 4_000_000_000)), ofThisThread('Groups')], [0, '7 4000000000'], 'two groups');
    is([native.setgroups(groups()), ofThisThread('Groups')], [0, ''], 'none');
    is(native.setgroups(Buffer.alloc(4 * 65_537)), -EINVAL, 'more than NGROUPS_MAX');
    is([native.setgroups(Buffer.from([9, 0, 0, 0, 1])), ofThisThread('Groups')], [0, '9'], 'a rest of a group is none');
    native.setgroups(groups(...before));
  },

  capget: ({ native }, is) => {
    const out = Buffer.alloc(24);
    is(native.capget(out), 0, 'answers');
    const words = (index: number) =>
      (BigInt(out.readUInt32LE(12 + index * 4)) << 32n) | BigInt(out.readUInt32LE(index * 4));
    const fields = ['CapEff', 'CapPrm', 'CapInh'].map((field) => BigInt(`0x${ofThisThread(field)}`));
    is([words(0), words(1), words(2)], fields, 'effective, permitted, inheritable');
  },

  capset: ({ native }, is) => {
    const own = Buffer.alloc(24);
    const before = ofThisThread('CapEff');
    native.capget(own);
    const reduced = Buffer.from(own);
    reduced.writeUInt32LE(0, 0);
    is([native.capset(reduced), BigInt(`0x${ofThisThread('CapEff')}`) & 0xffffffffn], [0, 0n], 'fewer effective ones');
    is([native.capset(own), ofThisThread('CapEff')], [0, before], 'back');
  },

  prctl: ({ native }, is) => {
    const before = native.prctl(PR_GET_SECUREBITS, 0);
    is(native.prctl(PR_SET_SECUREBITS, before | SECBIT_NO_SETUID_FIXUP), isRoot ? 0 : -EPERM, 'the securebits');
    if (isRoot) is(native.prctl(PR_GET_SECUREBITS, 0), before | SECBIT_NO_SETUID_FIXUP, 'as they were set');
    if (isRoot) native.prctl(PR_SET_SECUREBITS, before);
    is(native.prctl(99_999, 0), -EINVAL, 'an option that does not exist');
  },

  unshare: ({ native }, is) => {
    is(native.unshare(CLONE_FS), 0, 'CLONE_FS');
    is(native.unshare(1), -EINVAL, 'a flag that does not exist');
  },

  umask: ({ native, fd, path }, is) => {
    const before = native.umask(0o027);
    native.mkdirat(fd, cstr('made'), 0o777);
    is(statSync(join(path, 'made')).mode & 0o777, 0o750, 'counts for what is made');
    is([native.umask(before), native.umask(before)], [0o027, before], 'returns the one before');
    is(existsSync(join(path, 'made')), true, 'was made');
  },
} as const satisfies Partial<Record<keyof Native, Check>>;

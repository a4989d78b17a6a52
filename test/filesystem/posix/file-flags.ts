import {
  appendFileSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  AT_FDCWD,
  cstr,
  FS_IOC_GETFLAGS,
  native,
  STATX_BTIME,
  type Stat,
  statAt,
  statx,
} from '../../../src/syscalls/index.js';
import { must, run } from '../../support/run.js';
import { ALICE } from '../../support/users.js';
import { codeOf, type PosixCases, resultOf } from './case.js';

/** The letters that lsattr(1) shows. */
async function flagsOf(path: string): Promise<string> {
  const [letters = ''] = (await must(['lsattr', '-d', path])).split(' ');
  return letters.replaceAll(/[-e]/g, '');
}

/** Birth times and what chattr(1) sets; needs root. */
export const fileFlagCases: PosixCases = {
  'chattr and lsattr set and show the flags of files and directories': async (t, dir) => {
    const [file, folder] = [join(dir, 'file'), join(dir, 'folder')];
    writeFileSync(file, '');
    mkdirSync(folder);
    for (const path of [file, folder]) {
      t.is(await flagsOf(path), '');
      await must(['chattr', '+dA', path]);
      t.is(await flagsOf(path), 'dA');
      await must(['chattr', '-A', path]);
      t.is(await flagsOf(path), 'd');
    }
  },

  'what is immutable stays as it is': async (t, dir) => {
    const file = join(dir, 'file');
    writeFileSync(file, 'content');
    await must(['chattr', '+i', file]);
    try {
      t.is(await flagsOf(file), 'i');
      t.is(
        codeOf(() => writeFileSync(file, 'other')),
        'EPERM',
      );
      t.is(
        codeOf(() => unlinkSync(file)),
        'EPERM',
      );
      t.is(
        codeOf(() => renameSync(file, join(dir, 'moved'))),
        'EPERM',
      );
      t.is(
        codeOf(() => linkSync(file, join(dir, 'other'))),
        'EPERM',
      );
    } finally {
      await must(['chattr', '-i', file]);
    }
    writeFileSync(file, 'other');
    unlinkSync(file);
    t.false(existsSync(file));
  },

  'what is append-only takes appends': async (t, dir) => {
    const file = join(dir, 'file');
    writeFileSync(file, 'content');
    await must(['chattr', '+a', file]);
    try {
      appendFileSync(file, ' and more');
      t.is(statSync(file).size, 16);
      t.is(
        codeOf(() => writeFileSync(file, 'other')),
        'EPERM',
      );
    } finally {
      await must(['chattr', '-a', file]);
    }
  },

  'flags are the owner’s to set, and immutable is root’s': async (t, dir) => {
    const file = join(dir, 'file');
    writeFileSync(file, '');
    t.not((await run(['chattr', '+d', file], { as: ALICE })).status, 0);
    await must(['chown', String(ALICE.uid), file]);
    await must(['chattr', '+d', file], { as: ALICE });
    t.not((await run(['chattr', '+i', file], { as: ALICE })).status, 0);
    t.is(await flagsOf(file), 'd');
  },

  'an ioctl that no filesystem knows is ENOTTY': (t, dir) => {
    const fd = openSync(dir, 'r');
    try {
      t.is(resultOf(native.ioctl(fd, 0x80047a01, Buffer.alloc(4))), 'ENOTTY');
      t.is(resultOf(native.ioctl(fd, FS_IOC_GETFLAGS, Buffer.alloc(8))), 0);
    } finally {
      closeSync(fd);
    }
  },

  'the time of birth is shown, and stays': (t, dir) => {
    const file = join(dir, 'file');
    writeFileSync(file, '');
    const birthOf = () => {
      const stat = statAt(AT_FDCWD, cstr(file)) as Stat;
      t.true((stat.u32(0) & STATX_BTIME) !== 0);
      return stat.bytes.toString('hex', statx.btime, statx.btime + 12);
    };
    const birth = birthOf();
    t.not(birth, '0'.repeat(24));
    writeFileSync(file, 'content');
    t.is(birthOf(), birth);
  },
};

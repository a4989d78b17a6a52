import { AT_SYMLINK_NOFOLLOW, check, native, UTIME_OMIT } from '../../syscalls/index.js';
import { nameOf, parentOf } from '../path.js';
import type { DirectoryTime } from '../slave.js';
import { cname, type Tree } from '../tree.js';

/** struct timespec[2]: access time as it is, then the modification time. */
export function timespecs({ mtimeSec, mtimeNsec }: Pick<DirectoryTime, 'mtimeSec' | 'mtimeNsec'>): Buffer {
  const times = Buffer.alloc(32);
  times.writeBigInt64LE(BigInt(UTIME_OMIT), 8);
  times.writeBigInt64LE(mtimeSec, 16);
  times.writeBigInt64LE(BigInt(mtimeNsec), 24);
  return times;
}

/** Sets a directory's modification time. Does nothing where it has it already, or where there is no directory. */
export function setTime(tree: Tree, time: DirectoryTime): void {
  const { path } = time;
  const stat = tree.lstat(path);
  if (!stat?.isDirectory || (stat.mtimeSec === time.mtimeSec && stat.mtimeNsec === time.mtimeNsec)) return;
  const directory = tree.directory(parentOf(path))!;
  const name = cname(path === '' ? '.' : nameOf(path));
  check(native.utimensat(directory, name, timespecs(time), AT_SYMLINK_NOFOLLOW), 'utimensat', path);
}

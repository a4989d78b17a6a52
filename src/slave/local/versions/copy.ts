import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  ENOENT,
  native,
  O_CLOEXEC,
  O_NOFOLLOW,
  O_PATH,
  S_IFREG,
  SystemError,
  statAt,
} from '../../../syscalls/index.js';
import type { BytePath } from '../../path.js';
import { VersionFailure } from '../../slave.js';
import { cname } from '../../tree.js';

const run = promisify(execFile);

/**
 * Copies a file between open directories with all that it has, holes and attributes too; blocks are shared where the
 * filesystem can. False where it is no regular file. `to` is ASCII, and replaced if it is there.
 */
export async function copyFile(from: number, name: BytePath, directory: number, to: string): Promise<boolean> {
  const fd = native.openat(from, cname(name), O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
  if (fd === -ENOENT) return false;
  if (fd < 0) throw new SystemError(-fd, 'open', name);
  try {
    const stat = statAt(from, cname(name));
    if (typeof stat === 'number' || stat.kind !== S_IFREG) return false;
    const place = (open: number): string => `/proc/${process.pid}/fd/${open}`;
    // Names are bytes, arguments are text: the file is named by its descriptor.
    const args = ['--dereference', '--preserve=all', '--reflink=auto', '--sparse=auto', '--remove-destination'];
    await run('cp', [...args, '-T', '--', place(fd), `${place(directory)}/${to}`], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    return true;
  } catch (error) {
    if (error instanceof SystemError) throw error;
    const { stderr = '' } = error as { stderr?: string };
    throw new VersionFailure(`cannot keep the old version: ${stderr.trim().split('\n')[0] || String(error)}`);
  } finally {
    native.close(fd);
  }
}

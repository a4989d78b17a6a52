import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';

/** The module parameter that allows requests over io_uring. */
const PARAMETER = '/sys/module/fuse/parameters/enable_uring';

/** Whether root finds the kernel to offer them. */
export function hasRings(): boolean {
  return process.getuid?.() === 0 && existsSync(PARAMETER) && readFileSync(PARAMETER, 'latin1').trim() === 'Y';
}

/** Starts something while the kernel does not offer them. */
export async function withoutRings<T>(start: () => Promise<T>): Promise<T> {
  if (!hasRings()) return start();
  writeFileSync(PARAMETER, 'N');
  try {
    return await start();
  } finally {
    writeFileSync(PARAMETER, 'Y');
  }
}

/** Whether a process has an io_uring open. */
export function usesRings(pid: number): boolean {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).some((fd) => {
    try {
      return readlinkSync(`${folder}/${fd}`) === 'anon_inode:[io_uring]';
    } catch {
      // It was closed meanwhile.
      return false;
    }
  });
}

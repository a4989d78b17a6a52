import { truncateSync, writeFileSync } from 'node:fs';
import { must, run } from './run.js';

/** A filesystem of its own, in an image of some MiB beside where it is mounted. */
export interface Disk {
  readonly type: 'ext4' | 'xfs' | 'btrfs';
  readonly mib: number;
  /** More arguments for mkfs. */
  readonly format?: readonly string[];
}

const QUIET = { ext4: '-q', xfs: '-q', btrfs: '-q' } as const;

/** Makes a filesystem and mounts it on a directory. Its end is unmountDisk. */
export async function mountDisk(directory: string, { type, mib, format = [] }: Disk): Promise<void> {
  const image = `${directory}.image`;
  writeFileSync(image, '');
  truncateSync(image, mib * 2 ** 20);
  await must([`mkfs.${type}`, QUIET[type], ...format, image]);
  // The loop device goes with the mount.
  await must(['mount', '-o', 'loop', image, directory]);
}

/** Unmounts a disk, also where it is still in use by a daemon that a failed test left. */
export async function unmountDisk(directory: string): Promise<void> {
  if ((await run(['umount', directory])).status !== 0) await run(['umount', '--lazy', directory]);
}

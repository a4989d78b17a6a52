import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Disk, mountDisk, unmountDisk } from './disks.js';
import { must } from './run.js';
import { makeWork } from './work.js';

const HOST_MIB = 4096;
const DISK_MIB = 400;

/**
 * A disk of which can be seen what it would hold if the power were cut now: its image lies on a filesystem with reflinks,
 * where a copy of it is made at one moment.
 */
export class CuttableDisk {
  private constructor(
    private readonly type: Disk['type'],
    private readonly host: string,
  ) {}

  /** Makes one and mounts it on a directory; it is unmounted when the test ends, pass or fail. */
  static async mount(t: ExecutionContext, directory: string, type: Disk['type']): Promise<CuttableDisk> {
    const host = join(makeWork(t), 'host');
    mkdirSync(host);
    await mountDisk(host, { type: 'xfs', mib: HOST_MIB });
    t.teardown(() => unmountDisk(host));
    const image = join(host, 'image');
    writeFileSync(image, '');
    truncateSync(image, DISK_MIB * 2 ** 20);
    await must([`mkfs.${type}`, '-q', image]);
    // Nothing of it reaches the image by the passing of time.
    await must(['mount', '-o', type === 'xfs' ? 'loop' : 'loop,commit=600', image, directory]);
    t.teardown(() => unmountDisk(directory));
    mkdirSync(join(host, 'cut'));
    return new CuttableDisk(type, host);
  }

  /** Mounts what it holds at this moment, as after a power cut, while `look` is shown where. */
  async afterCut(look: (path: string) => void): Promise<void> {
    const [copy, path] = [join(this.host, 'copy'), join(this.host, 'cut')];
    await must(['cp', '--reflink=always', join(this.host, 'image'), copy]);
    // The copy has the UUID of the disk, which xfs alone minds.
    await must(['mount', '-o', this.type === 'xfs' ? 'loop,nouuid' : 'loop', copy, path]);
    try {
      look(path);
    } finally {
      await unmountDisk(path);
    }
  }
}

import { existsSync, mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMounted } from '../support/mounts.js';
import { must, run } from '../support/run.js';

export type DiskType = 'ext4' | 'xfs';

const SMALLEST_MIB = { ext4: 64, xfs: 320 } as const;
const RELEASE_TRIES = 500;

/** EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN are one number; nothing is flushed. */
const SHUT_DOWN = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))
`;

/** A disk that can lose its power, fail, and be full: a filesystem in an image. */
export class FaultyDisk {
  readonly #image: string;

  constructor(
    /** Where it is mounted; the image lies beside. */
    readonly path: string,
    private readonly type: DiskType,
  ) {
    this.#image = `${path}.image`;
  }

  async make(): Promise<void> {
    mkdirSync(this.path);
    writeFileSync(this.#image, '');
    truncateSync(this.#image, SMALLEST_MIB[this.type] * 2 ** 20);
    await must([`mkfs.${this.type}`, '-q', this.#image]);
    await this.attach();
  }

  /** A copy after a power cut has the UUID of the disk before, which xfs refuses while that one is being given back. */
  async attach(): Promise<void> {
    const options = this.type === 'xfs' ? 'loop,nouuid' : 'loop,errors=continue';
    if (!isMounted(this.path)) await must(['mount', '-o', options, this.#image, this.path]);
  }

  /** Unmounts it: what a killed process had open is given back a moment after its end. */
  async detach(): Promise<void> {
    if (!isMounted(this.path)) return;
    for (let tries = 1; tries < RELEASE_TRIES && (await run(['umount', this.path])).status !== 0; tries++)
      await sleep(20);
    if (isMounted(this.path)) await must(['umount', this.path]);
  }

  /** Keeps what it holds at this moment; {@link restore} makes that all that there is. Takes an image on a filesystem with reflinks. */
  async cut(): Promise<void> {
    await must(['cp', '--reflink=always', this.#image, `${this.#image}.cut`]);
  }

  async restore(): Promise<void> {
    await this.detach();
    await must(['mv', `${this.#image}.cut`, this.#image]);
    await this.attach();
  }

  /** Everything that is asked of it from now on fails with EIO, until it is attached anew. */
  async fail(): Promise<void> {
    await must(['python3', '-c', SHUT_DOWN, this.path]);
  }

  get #filler(): string {
    return `${this.path}/filler`;
  }

  /** Leaves so many bytes of room. */
  async fill(left: number): Promise<void> {
    const { bavail, bsize } = statfsSync(this.path);
    const bytes = Math.max(bavail * bsize - left, 0);
    await run(['fallocate', '-l', String(bytes), this.#filler]);
  }

  empty(): void {
    if (existsSync(this.#filler)) rmSync(this.#filler);
  }
}

import { type Lock, lock } from '../volume/lock.js';
import type { Volume } from '../volume/volume.js';

/** Holds others off while nothing is mounted; several passes of this process may share it. */
export interface Exclusive {
  acquire(): void;
  release(): void;
}

/** The daemon's lock, held while any pass of this process needs nothing to be mounted. */
export class SharedLock implements Exclusive {
  #lock: Lock | undefined;
  #holders = 0;

  constructor(private readonly volume: Volume) {}

  acquire(): void {
    this.#lock ??= lock(this.volume, 'daemon');
    this.#holders++;
  }

  release(): void {
    if (--this.#holders > 0) return;
    this.#lock?.release();
    this.#lock = undefined;
  }
}

import { ENODEV, native, POLLIN, SystemError } from '../../syscalls/index.js';
import type { Exchange } from '../exchange.js';
import { passing } from '../session.js';

/**
 * The rest of the requests, where most come over io_uring: FORGET, BATCH_FORGET and INTERRUPT still come from the
 * device. Nobody waits for them, so they are left to gather: the kernel then wakes nobody for each, and hands over
 * hundreds of forgotten objects at a time.
 */
export class RestSession {
  constructor(private readonly exchange: Exchange) {}

  /** Returns when the session has ended. */
  run(): void {
    while (this.#serveNext()) this.#gather();
  }

  /** Lets requests gather and serves them, as long as there are any. */
  #gather(): void {
    do Atomics.wait(nothing, 0, 0, gatherMs);
    while (native.poll(this.exchange.device, POLLIN, 0) === POLLIN && this.#serveNext());
  }

  /** Whether the session goes on. */
  #serveNext(): boolean {
    const length = this.exchange.read();
    if (length > 0) this.exchange.serve(length);
    else if (length === -ENODEV) return false;
    else if (!passing.has(-length)) throw new SystemError(-length, 'read', '/dev/fuse');
    return true;
  }
}

const gatherMs = 5;
/** Never changes: to wait on it is to wait. */
const nothing = new Int32Array(new SharedArrayBuffer(4));

import { readlinkSync } from 'node:fs';
import { check, EIO, ENOTCONN, SystemError } from '../../syscalls/index.js';
import type { Dispatcher } from '../dispatch.js';
import { maxRequestBytes } from '../handshake.js';
import type { ReplyRules } from '../reply.js';
import { Request } from '../request.js';
import type { Crew } from './crew.js';
import { stayOn } from './processors.js';
import { Ring } from './ring.js';
import { Slot } from './slot.js';

/**
 * One worker's loop over one queue: the requests of the callers on one processor, served on that processor. An answer
 * and the wait for the next request are one system call, and no thread on another processor is woken. Of several workers
 * of a queue the kernel takes the one that was free last, so that the others sleep until one is stuck.
 */
export class QueueSession {
  readonly #request = new Request(maxRequestBytes);
  /** This thread: the link says `PID/task/TID`. */
  readonly #tid = Number(readlinkSync('/proc/thread-self').split('/').at(-1));

  constructor(
    private readonly device: number,
    private readonly queue: number,
    private readonly dispatcher: Dispatcher,
    private readonly crew: Crew,
    private readonly rules: ReplyRules,
    private readonly onFault: (operation: string, error: unknown) => void,
  ) {}

  /**
   * Returns when the session has ended. `joined` is called once the kernel knows of this worker. A bug that ends it gives
   * its place in the queue back.
   */
  run(joined: () => void): void {
    stayOn(this.queue);
    const ring = new Ring();
    try {
      const slot = new Slot(ring, this.device, this.queue, this.rules);
      check(ring.submit(), 'io_uring_enter', '/dev/fuse');
      joined();
      this.#loop(ring, slot);
    } finally {
      ring.close();
      this.crew.end();
    }
  }

  #loop(ring: Ring, slot: Slot): void {
    for (let result = ring.wait(); result !== -ENOTCONN; result = ring.submitAndWait()) {
      if (result < 0) throw new SystemError(-result, 'io_uring', '/dev/fuse');
      this.crew.serving(this.queue, this.#tid);
      slot.answer(this.#serve(slot), this.#request);
      this.crew.hasServed(this.queue);
    }
  }

  #serve(slot: Slot): number {
    try {
      slot.take(this.#request);
      return this.dispatcher.serve(this.#request, slot.reply);
    } catch (error) {
      this.onFault('request', error);
      return -EIO;
    }
  }
}

import { availableParallelism } from 'node:os';
import { EAGAIN, EINTR, ENODEV, ENOENT, native, POLLIN, SystemError } from '../syscalls/index.js';
import type { Dispatcher } from './dispatch.js';
import { Exchange } from './exchange.js';
import { type Agreement, handshake, maxRequestBytes } from './handshake.js';
import type { Leadership } from './leadership.js';
import { Reply, type ReplyRules } from './reply.js';
import { Request } from './request.js';

/**
 * How many times the device is looked at, without sleeping, after a request was served: about 50 µs. While requests
 * keep coming this saves waking a thread for each; with one processor it would only keep the client from running.
 */
const looks = availableParallelism() > 1 ? 150 : 0;

/**
 * Reads FUSE_INIT from a freshly mounted device and answers it. Throws SystemError when the kernel's version is not
 * spoken here.
 */
export function openSession(device: number, wanted: bigint): Agreement {
  const request = new Request(maxRequestBytes);
  const reply = new Reply(4096, { entry: 0, attr: 0 });
  const length = native.read(device, request.bytes);
  if (length < 0) throw new SystemError(-length, 'read', '/dev/fuse');
  request.accept(length);
  let agreement: Agreement | undefined;
  const result = handshake(request, reply, wanted, (agreed) => {
    agreement = agreed;
  });
  native.write(device, reply.bytes, reply.seal(result, request.uniqueLow, request.uniqueHigh));
  if (agreement === undefined) throw new SystemError(-result, 'FUSE_INIT', '/dev/fuse');
  return agreement;
}

/** One worker's loop: reads a request, has it served, sends its one reply, until the filesystem is unmounted. */
export class Session {
  readonly #exchange: Exchange;

  constructor(
    device: number,
    dispatcher: Dispatcher,
    private readonly leadership: Leadership,
    rules: ReplyRules,
    onFault: (operation: string, error: unknown) => void,
  ) {
    this.#exchange = new Exchange(device, dispatcher, rules, onFault);
  }

  /** Returns when the session has ended. A bug that ends this worker leaves the lead to another. */
  run(): void {
    try {
      this.#loop();
    } finally {
      this.leadership.leave();
    }
  }

  #loop(): void {
    while (this.leadership.take()) {
      while (this.leadership.held) {
        const length = this.#read();
        if (length === -ENODEV) this.leadership.end();
        else if (length > 0) this.#serve(length);
        else if (!passing.has(-length)) throw new SystemError(-length, 'read', '/dev/fuse');
      }
    }
  }

  #read(): number {
    for (let look = 0; look < looks; look++) {
      if (native.poll(this.#exchange.device, POLLIN, 0) !== 0) break;
    }
    return this.#exchange.read();
  }

  #serve(length: number): void {
    this.leadership.serving();
    this.#exchange.serve(length);
    this.leadership.served();
  }
}

/** Errors of reading the device that mean "again": ENOENT is a request that was taken back. */
export const passing: ReadonlySet<number> = new Set([0, EINTR, EAGAIN, ENOENT]);

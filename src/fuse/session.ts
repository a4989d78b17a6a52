import { availableParallelism } from 'node:os';
import { EAGAIN, EINTR, ENODEV, ENOENT, errnoName, native, POLLIN, SystemError } from '../syscalls/index.js';
import type { Dispatcher } from './dispatch.js';
import { type Agreement, handshake, maxIoBytes } from './handshake.js';
import type { Leadership } from './leadership.js';
import { Reply, type ReplyRules } from './reply.js';
import { Request } from './request.js';

/** A request is a header, a structure and either data or names: a WRITE of the largest size is the longest. */
const requestBytes = maxIoBytes + 4096;

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
  const request = new Request(requestBytes);
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

/** Hooks around each request, for the debug log; both optional. */
export interface Trace {
  received(request: Request): void;
  answered(request: Request, result: number): void;
}

/** One worker's loop: reads a request, has it served, sends its one reply, until the filesystem is unmounted. */
export class Session {
  readonly #request = new Request(requestBytes);
  readonly #reply: Reply;

  constructor(
    private readonly device: number,
    private readonly dispatcher: Dispatcher,
    private readonly leadership: Leadership,
    rules: ReplyRules,
    private readonly onFault: (operation: string, error: unknown) => void,
    private readonly trace?: Trace,
  ) {
    this.#reply = new Reply(maxIoBytes, rules);
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
      if (native.poll(this.device, POLLIN, 0) !== 0) break;
    }
    return native.read(this.device, this.#request.bytes);
  }

  #serve(length: number): void {
    this.leadership.serving();
    try {
      this.#request.accept(length);
      this.trace?.received(this.#request);
      this.#answer(this.dispatcher.serve(this.#request, this.#reply));
    } catch (error) {
      // Bytes without even a header that adds up name no request that could be answered.
      this.onFault('request', error);
    }
    this.leadership.served();
  }

  #answer(result: number): void {
    this.trace?.answered(this.#request, result);
    if (Number.isNaN(result)) return;
    const bytes = this.#reply.seal(result, this.#request.uniqueLow, this.#request.uniqueHigh);
    const sent = native.write(this.device, this.#reply.bytes, bytes);
    // ENOENT: the caller was killed and the request is gone; ENODEV: unmounted meanwhile.
    if (sent < 0 && sent !== -ENOENT && sent !== -ENODEV) this.onFault('reply', new Error(errnoName(-sent)));
  }
}

/** Errors of reading the device that mean "again": ENOENT is a request that was taken back. */
const passing = new Set([0, EINTR, EAGAIN, ENOENT]);

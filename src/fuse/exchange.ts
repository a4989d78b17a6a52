import { ENODEV, ENOENT, errnoName, native } from '../syscalls/index.js';
import type { Dispatcher } from './dispatch.js';
import { maxIoBytes, maxRequestBytes } from './handshake.js';
import { Reply, type ReplyRules } from './reply.js';
import { Request } from './request.js';

/** One thread's requests from the device, and its replies to it. */
export class Exchange {
  readonly #request = new Request(maxRequestBytes);
  readonly #reply: Reply;

  constructor(
    readonly device: number,
    private readonly dispatcher: Dispatcher,
    rules: ReplyRules,
    private readonly onFault: (operation: string, error: unknown) => void,
  ) {
    this.#reply = new Reply(maxIoBytes, rules);
  }

  /** Waits for a request; returns its length or −errno. */
  read(): number {
    return native.read(this.device, this.#request.bytes);
  }

  /** Serves the request that was read, and sends its one reply. */
  serve(length: number): void {
    try {
      this.#request.accept(length);
      this.#answer(this.dispatcher.serve(this.#request, this.#reply));
    } catch (error) {
      // Bytes without even a header that adds up name no request that could be answered.
      this.onFault('request', error);
    }
  }

  #answer(result: number): void {
    if (Number.isNaN(result)) return;
    const bytes = this.#reply.seal(result, this.#request.uniqueLow, this.#request.uniqueHigh);
    const sent = native.write(this.device, this.#reply.bytes, bytes);
    // ENOENT: the caller was killed and the request is gone; ENODEV: unmounted meanwhile.
    if (sent < 0 && sent !== -ENOENT && sent !== -ENODEV) this.onFault('reply', new Error(errnoName(-sent)));
  }
}

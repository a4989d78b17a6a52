import { once } from 'node:events';
import net from 'node:net';
import type { ExecutionContext } from 'ava';

/** A way over loopback to another port, on which nothing comes through any more when it is told so; connections stay. */
export class Relay {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #bytesLeft = Number.POSITIVE_INFINITY;

  private constructor(to: number) {
    this.#server = net.createServer((near) => {
      const far = net.connect(to, '127.0.0.1');
      this.#forward(near, far);
      this.#forward(far, near);
    });
  }

  /** It ends with the test. */
  static async start(t: ExecutionContext, to: number): Promise<Relay> {
    const relay = new Relay(to);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    t.teardown(() => {
      relay.#server.close();
      for (const socket of relay.#sockets) socket.destroy();
    });
    return relay;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get isSilent(): boolean {
    return this.#bytesLeft <= 0;
  }

  /** After so many bytes more. */
  fallSilent(afterBytes: number): void {
    this.#bytesLeft = afterBytes;
  }

  /** What was held up comes through, and all that follows. */
  speak(): void {
    this.#bytesLeft = Number.POSITIVE_INFINITY;
    for (const socket of this.#sockets) socket.resume();
  }

  #forward(from: net.Socket, to: net.Socket): void {
    this.#sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      to.write(chunk);
      this.#bytesLeft -= chunk.length;
      if (this.isSilent) for (const socket of this.#sockets) socket.pause();
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => this.#sockets.delete(from));
    if (this.isSilent) from.pause();
  }
}

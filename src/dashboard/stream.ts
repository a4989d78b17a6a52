import { randomBytes } from 'node:crypto';
import type http from 'node:http';
import { HEADERS } from './http.js';
import type { Events, Look } from './page/messages.js';

/** What a slow reader may leave unread before it is cut off; it comes back, and is told anew. */
const MOST_UNREAD = 8 << 20;

const FIRST_LOOK: Look = {
  range: 'minutes',
  dirty: { slave: null, path: '' },
  journal: { text: '', operations: [] },
};

/** One page that is open: what it looks at, and the events that it is sent (server-sent events). */
export class Stream {
  /** Only who opened it knows: what a page posts has to name it. */
  readonly id = randomBytes(18).toString('base64url');
  #look: Look = FIRST_LOOK;
  /** Of each kind of event, what was sent last: nothing is sent twice in a row, until the page looks at something else. */
  readonly #sent = new Map<keyof Events, string>();

  constructor(private readonly response: http.ServerResponse) {
    response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  }

  get look(): Look {
    return this.#look;
  }

  set look(look: Look) {
    this.#look = look;
    this.#sent.clear();
  }

  send<E extends keyof Events>(event: E, data: Events[E]): void {
    const text = JSON.stringify(data);
    if (this.#sent.get(event) === text) return;
    this.#sent.set(event, text);
    if (this.response.writableLength > MOST_UNREAD) this.response.destroy();
    else this.response.write(`event: ${event}\ndata: ${text}\n\n`);
  }

  /** Resolves when all that was sent is on its way. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.response.once('close', resolve);
      this.response.end(resolve);
    });
  }
}

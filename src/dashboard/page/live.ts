import { post, readEvents, Unauthorized } from './connection.js';
import { byId, setAttribute, setText } from './dom.js';
import type { Events, Look } from './messages.js';
import { askForToken, knownToken } from './token.js';

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;
/** The server says something each second: silence means that the connection is gone. */
const SILENCE_MS = 20_000;

type Handlers = { readonly [E in keyof Events]?: (data: Events[E]) => void };

/** The stream of events, opened again whenever it ends; closed while nobody sees the page. */
export class Live {
  #token = '';
  #stream = '';
  #look: Look;
  #current: AbortController | undefined;
  #silence: number | undefined;

  constructor(
    private readonly handlers: Handlers,
    look: Look,
  ) {
    this.#look = look;
  }

  get look(): Look {
    return this.#look;
  }

  /** Opens the stream, and keeps it open for ever. */
  async keep(): Promise<never> {
    const known = knownToken();
    this.#token = known ?? (await askForToken(false));
    document.addEventListener('visibilitychange', () => document.hidden && this.#current?.abort());
    for (let pause = FIRST_RETRY_MS; ; pause = Math.min(pause * 2, LAST_RETRY_MS)) {
      await untilVisible();
      const reached = await this.#read();
      if (document.hidden) continue;
      if (reached) pause = FIRST_RETRY_MS;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** What the page looks at now. */
  lookAt(change: Partial<Look>): void {
    this.#look = { ...this.#look, ...change };
    void this.#sendLook();
  }

  /** Asks for a pass that tries again what failed. */
  retry(slave: string): Promise<void> {
    return post(this.#token, '/retry', { stream: this.#stream, slave });
  }

  async #read(): Promise<boolean> {
    const abort = new AbortController();
    this.#current = abort;
    let reached = false;
    try {
      await readEvents(this.#token, abort.signal, (event, data) => {
        reached = true;
        this.#listen(event, data, abort);
      });
    } catch (error) {
      if (error instanceof Unauthorized) {
        byId('board').hidden = true;
        say('waiting', 'waiting for the token');
        this.#token = await askForToken(true);
        return true;
      }
    }
    clearTimeout(this.#silence);
    say('lost', 'connection lost, trying again');
    return reached;
  }

  #listen<E extends keyof Events>(event: E, data: Events[E], abort: AbortController): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => abort.abort(), SILENCE_MS);
    if (event === 'hello') {
      this.#stream = (data as Events['hello']).stream;
      byId('board').hidden = false;
      say('live', 'live');
      void this.#sendLook();
    }
    this.handlers[event]?.(data);
  }

  async #sendLook(): Promise<void> {
    if (this.#stream === '') return;
    // A stream that ended meanwhile is opened anew, and told then.
    await post(this.#token, '/look', { stream: this.#stream, look: this.#look }).catch(() => undefined);
  }
}

function say(state: 'live' | 'waiting' | 'lost', text: string): void {
  const link = byId('link');
  setAttribute(link, 'data-link', state);
  setText(link, text);
}

function untilVisible(): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.hidden) return;
      document.removeEventListener('visibilitychange', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
  });
}

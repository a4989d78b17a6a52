import http from 'node:http';
import type { ExecutionContext } from 'ava';
import type { Events } from '../../src/dashboard/page/messages.js';
import { Talker } from '../support/lines.js';
import { MARKERFS } from '../support/volume.js';

/** What a request was answered with. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An event that the server sent. */
interface Told {
  readonly event: keyof Events;
  readonly data: unknown;
}

/** A dashboard that the program serves, on a port of its own. */
export class Served {
  private constructor(
    readonly talker: Talker,
    /** With the token in it, as it was printed. */
    readonly url: string,
  ) {}

  static async start(t: ExecutionContext, source: string, ...options: string[]): Promise<Served> {
    const talker = new Talker(t, MARKERFS, 'dashboard', source, '--listen', '127.0.0.1:0', ...options);
    const line = await talker.line();
    return new Served(talker, /http:\S+$/.exec(line)![0]);
  }

  get token(): string {
    return new URL(this.url).hash.replace('#token=', '');
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** One request, with exactly these headers: fetch would send some of its own. */
  ask({ method = 'GET', path = '/', headers = {}, body }: Ask): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port: this.port, method, path, headers, agent: false });
      request.on('error', reject).on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }));
      });
      request.end(body);
    });
  }

  /** What a page of this server posts. */
  post(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const own = {
      Authorization: `Bearer ${this.token}`,
      'Content-Type': 'application/json',
      Origin: `http://127.0.0.1:${this.port}`,
    };
    return this.ask({ method: 'POST', path, headers: { ...own, ...headers }, body: JSON.stringify(body) });
  }

  /** The events, until the test ends. */
  async events(t: ExecutionContext, token = this.token): Promise<EventReader> {
    const abort = new AbortController();
    t.teardown(() => abort.abort());
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${this.port}/events`, { headers, signal: abort.signal });
    if (!response.ok) throw new Error(`The stream was answered with ${response.status}`);
    return new EventReader(response.body!, abort);
  }
}

/** Reads what a stream tells, in order. */
export class EventReader {
  readonly #told: AsyncGenerator<Told>;
  #bytes = 0;

  constructor(
    body: ReadableStream<Uint8Array>,
    readonly abort: AbortController,
  ) {
    this.#told = parse(body, (length) => {
      this.#bytes += length;
    });
  }

  /** So much has come, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The next event of this kind that fits. */
  async next<E extends keyof Events>(event: E, fits: (data: Events[E]) => boolean = () => true): Promise<Events[E]> {
    for (;;) {
      const { value, done } = await this.#told.next();
      if (done) throw new Error(`The stream ended before "${event}"`);
      if (value.event === event && fits(value.data as Events[E])) return value.data as Events[E];
    }
  }
}

async function* parse(body: ReadableStream<Uint8Array>, onBytes: (length: number) => void): AsyncGenerator<Told> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    onBytes(chunk.length);
    const events = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
    text = events.pop()!;
    for (const one of events) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(one)!;
      yield { event: event as keyof Events, data: JSON.parse(data!) };
    }
  }
}

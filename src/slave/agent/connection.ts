import { once } from 'node:events';
import { UserError } from '../../volume/errors.js';
import { SlaveRefused } from '../identity.js';
import { Unfit } from '../place.js';
import { type CallName, type Calls, type Hello, PROTOCOL } from './calls.js';
import { EndedEarly, ProtocolError } from './frames.js';
import { decodeMessages, encodeMessage, type Message } from './messages.js';

/** How a program ended that was to be an agent, or to lead to one. */
export interface Ending {
  /** Undefined: by a signal, or it could not be started. */
  readonly status: number | undefined;
  /** The end of what it wrote to stderr, or why it could not be started. */
  readonly stderr: string;
  /** What was wrong with what it wrote to stdout; undefined where nothing was. */
  readonly nonsense: string | undefined;
}

/** How to get to an agent. */
export interface Dialling {
  readonly command: readonly string[];
  /** Whose agent it is, for people: fits behind "the agent of". */
  readonly peer: string;
  /** Says why there is no agent, or none any more: a sentence without its full stop. */
  explain(ending: Ending): string;
}

/** The conversation ended while it was needed; another one may do better. */
export class ConnectionLost extends UserError {
  override name = 'ConnectionLost';
}

interface Pending {
  resolve(answer: { value?: unknown; list: readonly unknown[] }): void;
  reject(error: Error): void;
}

/** How long an agent may take to greet; milliseconds. What leads to it has limits of its own that are shorter. */
const GREETING_MS = 60_000;
/** How long it may take to end when its input has ended, before it is killed. */
const GRACE_MS = 5000;
const STDERR_KEPT = 4096;

/** A conversation with an agent, as a child process. Requests may be under way together; they are done in their order. */
export class AgentConnection {
  readonly #pending = new Map<number, Pending>();
  #requests = 0;
  #ended: Error | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly child: Child,
    readonly hello: Hello,
    private readonly dialling: Dialling,
  ) {}

  /** Starts an agent. Unfit where none answers, or one of another version. */
  static async open(dialling: Dialling): Promise<AgentConnection> {
    const child = await start(dialling.command);
    const messages = decodeMessages(child.process.stdout);
    const late = setTimeout(() => child.process.kill('SIGKILL'), GREETING_MS);
    try {
      const greeting = await messages.next().catch((error: unknown) => child.nonsense(error));
      if (!greeting || greeting.done) throw new Unfit(dialling.explain(await child.ending()));
      const hello = greeting.value.value as Hello;
      if (hello?.protocol !== PROTOCOL) {
        throw new Unfit(
          `the agent of ${dialling.peer} is of markerfs ${hello?.version} (protocol ${hello?.protocol}, wanted ${PROTOCOL}); install the same version on both sides`,
        );
      }
      const connection = new AgentConnection(child, hello, dialling);
      void connection.#listen(messages);
      return connection;
    } catch (error) {
      child.process.kill('SIGKILL');
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  /** Whether it can be asked something. */
  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  /** Asks; throws what the agent answered as an error, or why the conversation ended. */
  async call<K extends CallName>(call: K, ask: Calls[K]['ask']): Promise<Calls[K]['answer']> {
    if (this.#ended) throw this.#ended;
    const id = ++this.#requests;
    const answered = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    // One after the other, or the frames of two requests would mix.
    this.#writing = this.#writing.then(() => this.#send({ id, call, ...ask }));
    return (await answered) as Calls[K]['answer'];
  }

  /** Ends the conversation: what was asked for is still done. */
  end(): void {
    const { process } = this.child;
    this.#ended ??= new UserError(`Cannot ask the agent of ${this.dialling.peer}: the connection was closed`);
    void this.#writing.then(() => process.stdin.end());
    const late = setTimeout(() => process.kill('SIGKILL'), GRACE_MS).unref();
    void this.child.ending().then(() => clearTimeout(late));
  }

  async #send(message: Message): Promise<void> {
    const { stdin } = this.child.process;
    for (const frame of encodeMessage(message)) {
      // A broken pipe is told by the end of the process.
      if (!stdin.writable) return;
      if (!stdin.write(frame)) await Promise.race([once(stdin, 'drain'), once(stdin, 'close')]).catch(() => undefined);
    }
  }

  async #listen(messages: AsyncIterable<Message>): Promise<void> {
    try {
      for await (const { id, value, list = [], error } of messages) {
        const pending = this.#pending.get(id);
        this.#pending.delete(id);
        if (error) pending?.reject(toError(error, this.dialling.peer));
        else pending?.resolve({ value, list });
      }
    } catch (error) {
      this.child.nonsense(error);
      this.child.process.kill('SIGKILL');
    }
    const reason = this.dialling.explain(await this.child.ending());
    this.#ended ??= new ConnectionLost(`Lost the connection to the slave: ${reason}`);
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}

type Child = Awaited<ReturnType<typeof start>>;

async function start([program = '', ...args]: readonly string[]) {
  const { execa } = await import('execa');
  const process = execa(program, args, {
    ...{ stdin: 'pipe', stdout: 'pipe', stderr: 'pipe', buffer: false, reject: false },
    // Not ended by the terminal's ^C together with this process, which ends it between two steps.
    detached: true,
    cwd: '/',
    env: { LC_ALL: 'C' },
  } as const);
  let stderr = '';
  let nonsense: string | undefined;
  process.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + String(chunk)).slice(-STDERR_KEPT);
  });
  process.stdin.on('error', () => undefined);
  const ended = process.then(({ exitCode, originalMessage }) => ({
    status: exitCode,
    stderr: stderr.trim() || (exitCode === undefined ? (originalMessage ?? '') : ''),
  }));
  return {
    process,
    ending: async (): Promise<Ending> => ({ ...(await ended), nonsense }),
    nonsense: (error: unknown): undefined => {
      // An end, however it came, is told by the program's status.
      if (error instanceof ProtocolError && !(error instanceof EndedEarly)) nonsense = error.message;
      process.kill('SIGKILL');
    },
  };
}

function toError({ code, message }: { code: string; message: string }, peer: string): Error {
  if (code === 'unfit') return new Unfit(message);
  if (code === 'refused') return new SlaveRefused(message);
  if (code === 'user' || code === 'system') return new UserError(`${message} (at ${peer})`);
  return new Error(`The agent of ${peer} failed: ${message}`);
}

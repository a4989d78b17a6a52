import fs from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { errorCause, errorCode, UserError } from './errors.js';
import type { Volume } from './volume.js';

/** Name of the daemon's socket in the state folder. */
export const CONTROL_SOCKET = 'control.sock';

/**
 * What the daemon answers to each verb. Requests and replies are one JSON object a line; replies come in the order of
 * requests.
 */
export interface Reply {
  /**
   * Begins a new epoch. Every change up to `timeUs` is on the source and marked, and every record up to `head` is
   * committed. `journalId` null: the journal could not be written, only the marks tell what changed; `head` is 0.
   */
  barrier: { timeUs: number; head: number; journalId: string | null; epoch: number };
  /** All records appended before the request are committed, up to `head`; `journalId` as for `barrier`. */
  flush: { head: number; journalId: string | null };
  status: DaemonStatus;
  /** The daemon has begun to end: it lets its locks go when everything is durable. Fails while the mount is in use. */
  unmount: Record<never, never>;
}

export interface DaemonStatus {
  pid: number;
  mountpoint: string;
  engine: string;
  /** Whether the kernel granted passthrough to this mount. */
  passthrough: boolean;
  epoch: number;
  startedUs: number;
  /** Why the journal cannot be written; null while it can. */
  journalFailure: string | null;
}

export type Verb = keyof Reply;

export interface Request {
  verb: Verb;
}

export type Answer<V extends Verb> = ({ ok: true } & Reply[V]) | { ok: false; error: string };

/** The daemon refused a request; the message is its reason. */
export class ControlError extends UserError {
  override name = 'ControlError';
}

/**
 * A path to the socket that is short whatever the state folder's is: the kernel takes 108 bytes. Valid while
 * `stateDirFd` is open.
 */
export function controlPath(stateDirFd: number): string {
  return `/proc/self/fd/${stateDirFd}/${CONTROL_SOCKET}`;
}

function openSocket(stateDir: string): Promise<net.Socket> {
  const fd = fs.openSync(stateDir, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  const socket = net.connect(controlPath(fd));
  return new Promise<net.Socket>((resolve, reject) => {
    socket.once('connect', () => resolve(socket)).once('error', reject);
  }).finally(() => fs.closeSync(fd));
}

interface Waiter {
  resolve(line: string): void;
  reject(error: Error): void;
}

/** A connection to the daemon that serves a volume. */
export class ControlClient {
  readonly #waiting: Waiter[] = [];
  #closed: Error | undefined;

  private constructor(
    private readonly socket: net.Socket,
    private readonly source: string,
  ) {
    createInterface({ input: socket }).on('line', (line) => this.#waiting.shift()?.resolve(line));
    socket.on('error', (error) => this.#fail(`: ${errorCause(error)}`));
    socket.on('close', () => this.#fail(''));
  }

  /** Connects to the daemon of a volume; undefined where nothing is mounted. */
  static async connect(volume: Volume): Promise<ControlClient | undefined> {
    try {
      return new ControlClient(await openSocket(volume.stateDir), volume.source);
    } catch (error) {
      // A daemon that was killed leaves its socket behind: nobody listens there.
      if (['ENOENT', 'ECONNREFUSED'].includes(errorCode(error))) return undefined;
      throw new UserError(`Cannot reach the daemon of volume "${volume.source}": ${errorCause(error)}`, 1, {
        cause: error,
      });
    }
  }

  /** Asks the daemon and waits for its answer. ControlError where it refuses, or ends before it answers. */
  async call<V extends Verb>(verb: V): Promise<Reply[V]> {
    if (this.#closed) throw this.#closed;
    const request: Request = { verb };
    const line = new Promise<string>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.socket.write(`${JSON.stringify(request)}\n`);
    const answer = JSON.parse(await line) as Answer<V>;
    if (!answer.ok) throw new ControlError(answer.error);
    return answer;
  }

  close(): void {
    this.socket.destroy();
  }

  #fail(cause: string): void {
    this.#closed ??= new ControlError(
      `Cannot reach the daemon of volume "${this.source}": it closed the connection${cause}`,
    );
    for (const { reject } of this.#waiting.splice(0)) reject(this.#closed);
  }
}

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
  metrics: DaemonMetrics;
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
  /** Requests of the kernel that were served so far; null where the engine does not count. */
  operations: number | null;
  /** Why the journal cannot be written; null while it can. */
  journalFailure: string | null;
}

/** What the daemon has counted since it began. */
export interface DaemonMetrics {
  readonly startedUs: number;
  /** Requests of the kernel, by operation; null where the engine does not count. */
  readonly operations: readonly OperationMetric[] | null;
  /** Marks written; begins anew after 2^32. */
  readonly marks: number;
  /** Records that wait to be written, in bytes, and how many have room. */
  readonly queue: { readonly bytes: number; readonly room: number };
  readonly residentBytes: number;
}

/** One operation of the protocol. */
export interface OperationMetric {
  readonly name: string;
  readonly errors: number;
  readonly seconds: number;
  /** Requests that took less than 2^i microseconds, and not less than the bucket before; the last has the rest. */
  readonly buckets: readonly number[];
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

/** The daemon ended, or was killed, before it answered. */
export class DaemonGone extends ControlError {
  override name = 'DaemonGone';
}

/** The daemon has not answered in time: it is stopped, or hangs. */
export class DaemonSilent extends ControlError {
  override name = 'DaemonSilent';
}

/**
 * How long an answer may take, in milliseconds. A barrier waits for changes under way and gives up on them by itself,
 * after a minute.
 */
const patienceMs: Readonly<Record<Verb, number>> = {
  status: 5000,
  metrics: 5000,
  barrier: 120_000,
  flush: 120_000,
  unmount: 120_000,
};

/**
 * Calls back with each line that comes. Errors of the connection are told by the socket alone: readline passes them on,
 * and would throw them where nobody listens.
 */
export function onLines(socket: net.Socket, use: (line: string) => void): void {
  createInterface({ input: socket })
    .on('line', use)
    .on('error', () => {});
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
    onLines(socket, (line) => this.#waiting.shift()?.resolve(line));
    const closed = (cause: string) => this.#fail(new DaemonGone(this.#unreached(`it closed the connection${cause}`)));
    socket.on('error', (error) => closed(`: ${errorCause(error)}`));
    socket.on('close', () => closed(''));
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

  /**
   * Asks the daemon and waits for its answer. ControlError where it refuses, DaemonGone where it ends before it answers,
   * DaemonSilent where it does not answer in time.
   */
  async call<V extends Verb>(verb: V): Promise<Reply[V]> {
    if (this.#closed) throw this.#closed;
    const request: Request = { verb };
    const line = new Promise<string>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.socket.write(`${JSON.stringify(request)}\n`);
    const silence = `it has not answered in ${patienceMs[verb] / 1000} s; look at daemon.log in its state folder`;
    const timer = setTimeout(() => this.#fail(new DaemonSilent(this.#unreached(silence))), patienceMs[verb]);
    try {
      const answer = JSON.parse(await line) as Answer<V>;
      if (!answer.ok) throw new ControlError(answer.error);
      return answer;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.socket.destroy();
  }

  #unreached(cause: string): string {
    return `Cannot reach the daemon of volume "${this.source}": ${cause}`;
  }

  /** No call is answered any more: an answer that came late would be taken for another question's. */
  #fail(error: ControlError): void {
    this.#closed ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#closed);
    this.socket.destroy();
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { readStatus, type VolumeStatus } from '../journal/status.js';
import { plainLine } from '../volume/names.js';
import { readProgress } from '../volume/progress.js';
import { DirtyTrees } from './dirty-trees.js';
import { failuresOf } from './failures.js';
import { History } from './history.js';
import { type Measured, toNow } from './now.js';
import type { Events, Now, Point } from './page/messages.js';
import type { Stream } from './stream.js';
import { Tail } from './tail.js';
import { Throughput } from './throughput.js';
import type { Watched } from './watched.js';

/** Between two looks at the volume, while pages are open and while none is: the plots go on. */
const WATCHED_MS = 1000;
const ALONE_MS = 10_000;
const MOMENT_MS = WATCHED_MS / 2;

/** For pages that do not read on when the server ends. */
const GRACE_MS = 500;

/** What one page reads of the journal. */
interface Reading {
  readonly tail: Tail;
  /** Of the read under way; undefined where none is. */
  abort: AbortController | undefined;
}

/** Looks at the volume, again and again, and tells the pages that are open. What they ask is answered from here, never by a look of their own. */
export class Board {
  readonly #streams = new Map<Stream, Reading>();
  readonly #history = new History();
  readonly #trees = new DirtyTrees();
  readonly #throughputs = new Map<string, Throughput>();
  #operations: { timeMs: number; pid: number | null; count: number; rate: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #closed = false;
  #now: Now | undefined;

  constructor(readonly watched: Watched) {
    this.#tickNow();
  }

  add(stream: Stream): void {
    this.#streams.set(stream, { tail: new Tail(), abort: undefined });
    const { source, uuid } = this.watched.volume;
    stream.send('hello', { stream: stream.id, source, uuid });
    stream.send('history', this.#history.columns(stream.look.range));
    if (this.#now) stream.send('now', this.#now);
    this.#tickNow();
  }

  remove(stream: Stream): void {
    this.#streams.get(stream)?.abort?.abort();
    this.#streams.delete(stream);
  }

  get size(): number {
    return this.#streams.size;
  }

  find(id: unknown): Stream | undefined {
    return [...this.#streams.keys()].find((stream) => stream.id === id);
  }

  /** A page looks at something else. */
  lookChanged(stream: Stream): void {
    stream.send('history', this.#history.columns(stream.look.range));
    const reading = this.#streams.get(stream);
    reading?.abort?.abort();
    if (reading) reading.abort = undefined;
    this.#tickNow();
  }

  broadcast<E extends keyof Events>(event: E, data: Events[E]): void {
    for (const stream of this.#streams.keys()) stream.send(event, data);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const streams = [...this.#streams.keys()];
    for (const stream of streams) this.remove(stream);
    await Promise.race([
      Promise.all(streams.map((stream) => stream.close())),
      delay(GRACE_MS, undefined, { ref: false }),
    ]);
    await this.#ticking;
    await this.#trees.close();
    this.watched.close();
  }

  #tickNow(): void {
    clearTimeout(this.#timer);
    this.#ticking ??= this.#tick().finally(() => {
      this.#ticking = undefined;
      if (this.#closed) return;
      this.#timer = setTimeout(() => this.#tickNow(), this.#streams.size > 0 ? WATCHED_MS : ALONE_MS);
    });
  }

  async #tick(): Promise<void> {
    try {
      this.watched.refresh();
      const points = await this.#look();
      if (this.#closed) return;
      this.#tell(points);
      this.broadcast('trouble', { reason: null });
    } catch (error) {
      this.broadcast('trouble', { reason: plainLine(error instanceof Error ? error.message : String(error)) });
      // Pages take silence for a connection that is gone.
      this.broadcast('beat', { timeMs: Date.now() });
    }
  }

  /** Takes the volume's status and what is measured; answers the points that come with it. */
  async #look(): Promise<readonly Point[]> {
    const status = await readStatus(this.watched.volume, this.watched);
    const timeMs = Date.now();
    const measured = this.#measure(status, timeMs);
    const operations = this.#countOperations(status, timeMs);
    this.#now = toNow(timeMs, status, operations, measured);
    const slaves = Object.fromEntries(
      this.#now.slaves.map(({ name, lagSeconds, rate }) => [name, { lag: lagSeconds, rate }]),
    );
    return this.#history.add({ timeMs, operations: this.#now.operations, slaves });
  }

  #measure({ slaves }: VolumeStatus, timeMs: number): Map<string, Measured> {
    const measured = new Map<string, Measured>();
    for (const { name, lastPass } of slaves) {
      const throughput = this.#throughputs.get(name) ?? new Throughput();
      this.#throughputs.set(name, throughput);
      const running = readProgress(this.watched.volume, name);
      measured.set(name, { rate: throughput.measure(timeMs, lastPass, running), running });
    }
    for (const name of this.#throughputs.keys()) if (!measured.has(name)) this.#throughputs.delete(name);
    return measured;
  }

  /**
   * Requests that the daemon served a second, since the look before; each daemon begins at 0. Of a moment, such as between
   * two pages that open, there is no rate: the one before stays.
   */
  #countOperations({ volume: { pid, operations } }: VolumeStatus, timeMs: number): number {
    const before = this.#operations;
    const count = operations ?? 0;
    const isSame = before?.pid === pid;
    const elapsedMs = timeMs - (before?.timeMs ?? timeMs);
    if (isSame && elapsedMs < MOMENT_MS) return before.rate;
    const rate = isSame ? (Math.max(0, count - before.count) * 1000) / elapsedMs : 0;
    this.#operations = { timeMs, pid, count, rate };
    return rate;
  }

  #tell(points: readonly Point[]): void {
    const { watched } = this;
    if (this.#streams.size === 0) return;
    const slaves = watched.state.slaves.list();
    const failures = failuresOf(slaves, watched.state.pending);
    for (const [stream, reading] of this.#streams) {
      const { range, dirty } = stream.look;
      for (const point of points) if (point.range === range) stream.send('point', point);
      stream.send('now', this.#now!);
      stream.send('failures', failures);
      const tree = this.#trees.get(watched, slaves, dirty, Date.now());
      if (tree) stream.send('dirty', tree);
      if (!reading.abort) void this.#readTail(stream, reading);
    }
  }

  async #readTail(stream: Stream, reading: Reading): Promise<void> {
    const abort = new AbortController();
    reading.abort = abort;
    try {
      const records = await reading.tail.read(this.watched.reader, stream.look.journal, abort.signal);
      if (records && !abort.signal.aborted) stream.send('records', records);
    } finally {
      if (reading.abort === abort) reading.abort = undefined;
    }
  }
}

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { JournalLinks } from '../journal/links.js';
import { JournalUnreadable } from '../journal/reader.js';
import type { Base } from '../slave/manifest.js';
import { type BytePath, fromBytes, toBytes } from '../slave/path.js';
import { openSlave } from '../slave/registry.js';
import { UserError } from '../volume/errors.js';
import { type Lock, LockedError, lock } from '../volume/lock.js';
import type { SlaveRecord } from '../volume/slaves.js';
import { State } from '../volume/state.js';
import { openVolume, type Volume } from '../volume/volume.js';
import { type Barrier, type Exclusive, openBarrier } from './barrier.js';
import { chooseCrawl, openJournal } from './choose.js';
import { commitPass, type PassResult } from './commit.js';
import { runPass } from './pass.js';
import { LocalSource } from './source.js';
import { Rsync } from './transfer/rsync.js';
import type { Counts, Crawl, LinkIndex } from './work.js';

export interface ShipOptions {
  /** Names of the slaves; all that are not paused where it is not given. */
  readonly slaves?: readonly string[];
  /** Go on until the signal: a pass for each slave, then this long until the next. */
  readonly intervalMs?: number;
  /** Ends between steps, never in the middle of a sync point; rsync is ended with SIGTERM, and that pass does not count. */
  readonly signal?: AbortSignal;
  readonly onPass?: (result: PassResult) => void;
  /** The rsync program; for tests. */
  readonly rsync?: string;
}

const LONGEST_RETRY_MS = 300_000;

/**
 * Brings slaves up to date, each on its own: one that fails disturbs no other. Answers the last pass of each; a pass that failed as a whole
 * has `error`. Throws where nothing could begin: UserError for a slave that does not exist, or where rsync is not installed.
 */
export async function ship(volume: Volume, options: ShipOptions = {}): Promise<PassResult[]> {
  const { rsync = 'rsync' } = options;
  if (!isInstalled(rsync)) throw new UserError(`Cannot ship: "${rsync}" is not installed; install it (apt-get install rsync)`);
  const state = State.open(volume);
  const exclusive = new SharedLock(volume);
  try {
    const slaves = options.slaves?.map((name) => state.slaves.need(name)) ?? state.slaves.list();
    const shipped = slaves.filter(({ paused }) => !paused);
    return await Promise.all(shipped.map(({ name }) => new Shipping(volume, state, exclusive, name, options).run()));
  } finally {
    state.close();
  }
}

function isInstalled(program: string): boolean {
  const places = program.includes('/') ? [''] : (process.env.PATH ?? '').split(':');
  return places.some((directory) => {
    try {
      fs.accessSync(path.join(directory, program), fs.constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The daemon's lock, held while any pass of this process needs nothing to be mounted. */
class SharedLock implements Exclusive {
  #lock: Lock | undefined;
  #holders = 0;

  constructor(private readonly volume: Volume) {}

  acquire(): void {
    this.#lock ??= lock(this.volume, 'daemon');
    this.#holders++;
  }

  release(): void {
    if (--this.#holders > 0) return;
    this.#lock?.release();
    this.#lock = undefined;
  }
}

/** The index of links, opened when it is asked: most passes do not need it. */
class LazyLinks implements LinkIndex {
  #index: JournalLinks | undefined | null = null;

  constructor(private readonly stateDir: string) {}

  namesOf(dev: number, ino: bigint): BytePath[] {
    return this.#open()?.namesOf(dev, ino).map(fromBytes) ?? [];
  }

  add(path: BytePath, dev: number, ino: bigint): void {
    try {
      this.#open()?.add(toBytes(path), dev, ino);
    } catch {
      // The daemon writes the file too. Without the index the source is searched again.
    }
  }

  close(): void {
    this.#index?.close();
  }

  #open(): JournalLinks | undefined {
    if (this.#index === null) this.#index = JournalLinks.open(this.stateDir);
    return this.#index;
  }
}

const NO_COUNTS: Counts = { considered: 0, shipped: 0, renamed: 0, deleted: 0, bytes: 0 };

/** The passes of one slave. */
class Shipping {
  #crawl: Crawl = 'journal';

  constructor(
    private readonly volume: Volume,
    private readonly state: State,
    private readonly exclusive: Exclusive,
    private readonly name: string,
    private readonly options: ShipOptions,
  ) {}

  async run(): Promise<PassResult> {
    const { intervalMs, signal } = this.options;
    for (let failures = 0; ; ) {
      const result = await this.#attempt();
      this.options.onPass?.(result);
      failures = result.error === undefined ? 0 : failures + 1;
      if (intervalMs === undefined || signal?.aborted) return result;
      const pauseMs = Math.min(intervalMs * 2 ** failures, Math.max(intervalMs, LONGEST_RETRY_MS));
      await delay(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
      if (signal?.aborted) return result;
    }
  }

  /** A pass whose failure is a result. */
  async #attempt(): Promise<PassResult> {
    const started = Date.now();
    const startedUs = started * 1000;
    try {
      const held = lock(this.volume, `ship-${this.name}`);
      try {
        return await this.#pass(started);
      } finally {
        held.release();
      }
    } catch (error) {
      if (!(error instanceof UserError)) this.#note(error);
      else if (!(error instanceof LockedError) && !this.options.signal?.aborted) this.#note(error);
      const { stimeUs = 0 } = this.state.slaves.get(this.name) ?? {};
      const seconds = (Date.now() * 1000 - startedUs) / 1e6;
      const message = error instanceof Error ? error.message : String(error);
      return { slave: this.name, crawl: this.#crawl, ...NO_COUNTS, failed: 0, seconds, syncPoint: stimeUs || null, error: message };
    }
  }

  #note(error: unknown): void {
    const slave = this.state.slaves.get(this.name);
    if (!slave) return;
    if (error instanceof JournalUnreadable) this.#forgetCursor(slave);
    this.state.slaves.setState(this.name, 'faulty', error instanceof Error ? error.message : String(error));
  }

  async #pass(started: number): Promise<PassResult> {
    const { volume, state } = this;
    // The source may have been unmounted since: an empty directory is not a volume whose files were all deleted.
    if (openVolume(volume.source, volume.stateDir).uuid !== volume.uuid) {
      throw new UserError(`Cannot ship volume "${volume.source}": another volume is there now`);
    }
    const slave = openSlave(volume, state.slaves.need(this.name));
    const source = new LocalSource(volume);
    try {
      const barrier = await openBarrier(volume, state, this.exclusive);
      try {
        return await this.#between(barrier, slave, source, started);
      } finally {
        barrier.close();
      }
    } finally {
      source.close();
      slave.close();
    }
  }

  async #between(barrier: Barrier, slave: ReturnType<typeof openSlave>, source: LocalSource, started: number): Promise<PassResult> {
    const { volume, state, options } = this;
    const reader = openJournal(volume.stateDir, barrier);
    const links = new LazyLinks(volume.stateDir);
    try {
      const crawl = chooseCrawl(state.slaves.need(this.name), barrier, reader);
      this.#crawl = crawl;
      if (crawl !== 'journal') this.#forgetCursor(state.slaves.need(this.name));
      const { journalId, position, stimeUs } = state.slaves.need(this.name);
      const base: Base = { journalId, position, stimeUs };
      const pending = state.pending.of(this.name);
      const transfer = this.#transfer(slave);
      const patientUntilUs = options.intervalMs === undefined ? undefined : started * 1000;
      const outcome = await runPass({
        ...{ source, slave, transfer, links, base, pending, crawl, barrier },
        ...{ records: reader, patientUntilUs, signal: options.signal },
      });
      const { counts, later } = outcome.work;
      const failed = [...later.values()].filter(({ kind }) => kind === 'failed').length;
      const seconds = (Date.now() - started) / 1000;
      const result = { slave: this.name, crawl, ...counts, failed, seconds, syncPoint: outcome.stimeUs || null };
      await commitPass(state, outcome, pending, result, started * 1000);
      return result;
    } finally {
      links.close();
      reader?.close();
    }
  }

  #transfer({ destination, temporary }: ReturnType<typeof openSlave>): Rsync {
    const { rsync, signal } = this.options;
    const privileged = process.geteuid?.() === 0;
    return new Rsync({ source: this.volume.source, destination, temporary, privileged, signal, program: rsync });
  }

  /**
   * A walk brings names to the slave that the journal places elsewhere until it is complete: if it is cut, the next pass must not take
   * the slave for what it was at its position.
   */
  #forgetCursor({ name, journalId, stimeUs, lastPass, state, reason }: SlaveRecord): void {
    if (journalId === null) return;
    const pending = this.state.pending.of(name);
    const none: NonNullable<typeof lastPass> = { slave: name, crawl: 'walk', ...NO_COUNTS, failed: 0, seconds: 0, syncPoint: stimeUs || null, startedUs: 0 };
    this.state.commitPass(name, { journalId: null, position: 0, stimeUs, pending, lastPass: lastPass ?? none, state, reason });
  }
}

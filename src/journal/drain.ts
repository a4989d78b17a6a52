import { errorCause, UserError } from '../volume/errors.js';
import type { RecordBatch } from './batch.js';
import type { JournalQueue } from './queue.js';
import { isDamage, type OpenOptions } from './schema.js';
import { JournalWriter } from './writer.js';

export interface DrainOptions {
  /** See JournalOptions. */
  readonly gap?: { readonly timeUs: number; readonly position: number };
  /** How long a commit waits for a lock that another process holds, milliseconds. */
  readonly busyMs?: number;
  /**
   * Called now and then while the journal is open, to delete some of what is no longer needed; answers whether there is
   * more.
   */
  readonly prune?: (writer: JournalWriter) => boolean;
  /** More than this the file is not to hold: the oldest records go, whoever lacks them. */
  readonly limitBytes?: number;
}

/** How long to collect records for one commit after the first came. A flush does not wait for it. */
const COLLECT_MS = 10;
/** How often to look whether something is to be pruned, and whether the file can be written again. */
const CHORES_MS = 60_000;
/** Between two steps of a long chore: records go first. */
const STEP_MS = 50;
const RETRY_MS = 1000;

/** Brings the records of a queue into the journal: the queue's one consumer. */
export class JournalDrain {
  readonly #open: OpenOptions;
  readonly #collectBytes: number;
  #writer: JournalWriter | undefined;
  #choresAt = 0;

  constructor(
    private readonly stateDir: string,
    private readonly queue: JournalQueue,
    private readonly options: DrainOptions = {},
  ) {
    this.#open = options.busyMs === undefined ? {} : { busyMs: options.busyMs };
    this.#collectBytes = queue.memory.byteLength >> 2;
  }

  /**
   * Opens the journal and tells the queue its id and head. UserError where a newer markerfs wrote it; whatever else is
   * wrong is a failure of the queue, to be tried again later.
   */
  start(): void {
    const { gap } = this.options;
    this.#attempt(() => {
      const writer = JournalWriter.open(this.stateDir, { ...this.#open, check: gap !== undefined });
      this.#writer = writer;
      // The slaves' positions do not count in a new file, so it needs no gap.
      if (gap && !writer.isNew) {
        writer.skipTo(gap.position);
        writer.appendGap(gap.timeUs);
      }
      this.#publish();
    });
  }

  /** Commits records until the queue has ended and is empty. Blocks the thread. */
  run(): void {
    while (!this.queue.ended) {
      this.#doChores();
      const failed = this.queue.failure !== null;
      if (failed) this.#recover();
      const waiting = this.queue.waitForRecords(failed ? RETRY_MS : Math.max(0, this.#choresAt - performance.now()));
      if (waiting) this.queue.waitForRecords(COLLECT_MS, this.#collectBytes);
      this.#commitQueued();
    }
    if (this.queue.failure !== null) this.#recover();
    this.#commitQueued();
    this.#attempt(() => this.#writer?.makeDurable());
    this.#writer?.close();
  }

  #publish(): void {
    const { id, head } = this.#writer!;
    this.queue.committed({ journalId: id, head });
  }

  /** Does work on the journal; where it fails, the queue fails with its reason. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof UserError) throw error;
      this.queue.fail(errorCause(error));
    }
  }

  #commitQueued(): void {
    for (let batch = this.queue.takeBatch(); batch; batch = this.queue.takeBatch()) this.#commit(batch);
  }

  #commit(batch: RecordBatch): void {
    this.#attempt(() => {
      this.#write((writer) => {
        batch.rewind();
        writer.append(batch);
      });
      this.#publish();
      this.#shrink();
    });
  }

  /** Does work on the file that readers see; on a new one where that turns out to be damaged. */
  #write(work: (writer: JournalWriter) => void): void {
    this.#openInPlace();
    try {
      work(this.#writer!);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#replaceDamaged();
      work(this.#writer!);
    }
  }

  /** Makes sure that what is written is the file that readers see. */
  #openInPlace(): void {
    if (this.#writer?.isInPlace()) return;
    this.#writer?.close();
    this.#writer = undefined;
    this.#writer = JournalWriter.open(this.stateDir, this.#open);
  }

  #replaceDamaged(): void {
    this.#writer?.close();
    this.#writer = undefined;
    this.#writer = JournalWriter.replace(this.stateDir, this.#open);
  }

  /** Takes records again where the file can be written; the first of them is a gap. */
  #recover(): void {
    this.#attempt(() => {
      const { gap } = this.options;
      this.#write((writer) => {
        writer.tryWrite();
        if (gap) writer.skipTo(gap.position);
      });
      this.queue.reopen(gap?.timeUs);
    });
    this.#commitQueued();
  }

  #doChores(): void {
    const now = performance.now();
    if (now < this.#choresAt || !this.#writer || this.queue.failure !== null) return;
    this.#choresAt = now + CHORES_MS;
    this.#attempt(() => {
      if (this.options.prune?.(this.#writer!) || this.#shrink()) this.#choresAt = now + STEP_MS;
    });
  }

  #shrink(): boolean {
    const { limitBytes } = this.options;
    return limitBytes !== undefined && this.#writer!.shrink(limitBytes);
  }
}

import fs from 'node:fs';
import path from 'node:path';
import type { Crawl } from './slaves.js';
import type { Volume } from './volume.js';

/** A pass under way, for whoever looks on. Nothing rests on it: it is written without care and lost without harm. */
export interface Progress {
  readonly slave: string;
  readonly pid: number;
  readonly startedUs: number;
  readonly crawl: Crawl;
  /** The sync point that it began with, µs since 1970; 0: it looks at everything. */
  readonly sinceUs: number;
  /** Objects that it has looked at: ahead of those that have arrived. */
  readonly considered: number;
  readonly deleted: number;
  /** Objects that have arrived. */
  readonly objects: number;
  /** Content of theirs that was sent. */
  readonly bytes: number;
  /** All their content: what the slave had already was not sent. */
  readonly content: number;
  /** What the rsyncs have in hand, all together; null where there is nothing. */
  readonly list: ListInHand | null;
}

export interface ListInHand {
  readonly objects: number;
  /** Content of its files: as much is sent at most. */
  readonly bytes: number;
  /** Content that it has gone through so far. */
  readonly sent: number;
  /** The first path of the one that began first, one character a byte. */
  readonly path: string;
}

/** A process is known by its number and when it began: numbers are given out again. */
interface Noted extends Progress {
  readonly began: string;
}

const PAUSE_MS = 500;

function fileOf({ stateDir }: Volume, slave: string): string {
  return path.join(stateDir, `ship-${slave}.progress`);
}

/** When a process began, in the kernel's ticks; undefined where there is none. */
function beganAt(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 22; the second, the name, ends with the last parenthesis and may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** The passes that this process has under way. */
export function ownPasses(volume: Volume): Progress[] {
  const files = fs.readdirSync(volume.stateDir).flatMap((name) => /^ship-(.+)\.progress$/.exec(name)?.[1] ?? []);
  return files.flatMap((slave) => readProgress(volume, slave) ?? []).filter(({ pid }) => pid === process.pid);
}

/** The pass of a slave that is under way; undefined where none is, or none that says so. */
export function readProgress(volume: Volume, slave: string): Progress | undefined {
  try {
    const { began, ...progress } = JSON.parse(fs.readFileSync(fileOf(volume, slave), 'utf8')) as Noted;
    return beganAt(progress.pid) === began ? progress : undefined;
  } catch {
    return undefined;
  }
}

/** A list that is under way. */
export type ListNote = Omit<ListInHand, 'sent'> & { sent: number };

function together([first, ...more]: readonly ListNote[]): ListInHand | null {
  if (!first) return null;
  const sum = (one: ListInHand, other: ListInHand): ListInHand => ({
    objects: one.objects + other.objects,
    bytes: one.bytes + other.bytes,
    sent: one.sent + other.sent,
    path: one.path,
  });
  return more.reduce(sum, { ...first });
}

/** What a pass counts, for whoever looks on. */
type Counted = Pick<Progress, 'considered' | 'deleted'>;

/** What a pass says of itself while it runs. */
export class ProgressNote {
  #progress: Progress;
  readonly #lists = new Set<ListNote>();
  #counts: Readonly<Counted> = { considered: 0, deleted: 0 };
  readonly #began = beganAt(process.pid) ?? '';
  readonly #timer: NodeJS.Timeout;
  #written = '';

  constructor(
    private readonly volume: Volume,
    start: Pick<Progress, 'slave' | 'startedUs' | 'crawl' | 'sinceUs'>,
  ) {
    const nothing = { considered: 0, deleted: 0, objects: 0, bytes: 0, content: 0, list: null };
    this.#progress = { ...start, pid: process.pid, ...nothing };
    this.#write();
    this.#timer = setInterval(() => this.#write(), PAUSE_MS).unref();
  }

  /** From here on these are the pass's counts; it goes on counting. */
  follow(counts: Readonly<Counted>): void {
    this.#counts = counts;
  }

  /** An rsync is given a list. */
  begin(list: Omit<ListInHand, 'sent'>): ListNote {
    const begun: ListNote = { ...list, sent: 0 };
    this.#lists.add(begun);
    return begun;
  }

  /** It has gone through so much content of it. */
  sending(list: ListNote, sent: number): void {
    list.sent = sent;
  }

  /** So many objects of it have arrived, and so much content was sent. */
  finish(list: ListNote, objects: number, bytes: number): void {
    const before = this.#progress;
    this.#lists.delete(list);
    this.#progress = {
      ...before,
      objects: before.objects + objects,
      bytes: before.bytes + bytes,
      content: before.content + (objects > 0 ? list.bytes : 0),
    };
  }

  /** The pass is over. */
  end(): void {
    clearInterval(this.#timer);
    fs.rmSync(fileOf(this.volume, this.#progress.slave), { force: true });
  }

  #write(): void {
    const { considered, deleted } = this.#counts;
    const list = together([...this.#lists]);
    const noted: Noted = { ...this.#progress, considered, deleted, list, began: this.#began };
    const text = JSON.stringify(noted);
    if (text === this.#written) return;
    this.#written = text;
    const file = fileOf(this.volume, this.#progress.slave);
    try {
      fs.writeFileSync(`${file}.new`, text, { mode: 0o600 });
      fs.renameSync(`${file}.new`, file);
    } catch {
      // A disk that is full keeps nobody from shipping.
    }
  }
}

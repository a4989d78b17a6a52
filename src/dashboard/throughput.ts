import type { Progress } from '../volume/progress.js';
import type { LastPass } from '../volume/slaves.js';

/** Bytes that a slave is given a second, from what passes say while they run and when they end. */
export class Throughput {
  /** How much of a pass, named by when it began, has been counted. */
  #counted = { startedUs: 0, bytes: 0 };
  #lastMs: number | undefined;

  /** The rate since it was asked last. */
  measure(nowMs: number, lastPass: LastPass | null, running: Progress | undefined): number {
    const begun = this.#lastMs === undefined;
    const seconds = (nowMs - (this.#lastMs ?? nowMs)) / 1000;
    this.#lastMs = nowMs;
    let bytes = lastPass ? this.#count(lastPass.startedUs, lastPass.bytes) : 0;
    if (running) bytes += this.#count(running.startedUs, running.bytes + (running.list?.sent ?? 0));
    return begun || seconds <= 0 ? 0 : bytes / seconds;
  }

  #count(startedUs: number, bytes: number): number {
    if (startedUs < this.#counted.startedUs) return 0;
    const before = startedUs === this.#counted.startedUs ? this.#counted.bytes : 0;
    this.#counted = { startedUs, bytes: Math.max(bytes, before) };
    return this.#counted.bytes - before;
  }
}

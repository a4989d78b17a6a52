import { plainLine } from '../volume/names.js';
import { readProgress } from '../volume/progress.js';
import type { State } from '../volume/state.js';
import type { Volume } from '../volume/volume.js';
import { HttpError } from './http.js';
import type { Retry } from './page/messages.js';

/** Makes a pass for a slave, and tells how it went. The program's business: it knows how passes are made here. */
export type Ship = (
  volume: Volume,
  slave: string,
  signal: AbortSignal,
) => Promise<{ readonly ok: boolean; readonly text: string }>;

/** The passes that pages have asked for: one for a slave at a time. */
export class Retries {
  readonly #running = new Set<string>();
  readonly #end = new AbortController();

  constructor(
    private readonly ship: Ship,
    private readonly tell: (retry: Retry) => void,
  ) {}

  /** Begins a pass that tries again what failed. HttpError where it cannot begin now. */
  begin(volume: Volume, state: State, slave: string): void {
    const found = state.slaves.get(slave);
    if (!found) throw new HttpError(404, `there is no slave "${slave}"`);
    if (found.paused) throw new HttpError(409, `slave "${slave}" is paused; resume it first`);
    if (this.#running.has(slave) || readProgress(volume, slave)) {
      // Its turn comes with the pass after this one.
      state.pending.retry(slave);
      throw new HttpError(409, `a pass for slave "${slave}" is under way`);
    }
    state.pending.retry(slave);
    this.#running.add(slave);
    this.tell({ slave, running: true, ok: true, text: 'a pass has begun' });
    void this.#run(volume, slave);
  }

  close(): void {
    this.#end.abort();
  }

  async #run(volume: Volume, slave: string): Promise<void> {
    const result = await this.ship(volume, slave, this.#end.signal).catch((error: unknown) => ({
      ok: false,
      text: error instanceof Error ? error.message : String(error),
    }));
    this.#running.delete(slave);
    this.tell({ slave, running: false, ok: result.ok, text: plainLine(result.text) });
  }
}

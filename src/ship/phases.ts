/** What a pass does, in its order. Finding and transferring go on at the same time. */
export const PHASES = ['begin', 'moves', 'transfer', 'deletes', 'flush'] as const;
export type Phase = (typeof PHASES)[number];

/** Seconds of each phase that was begun. */
export type PhaseSeconds = Partial<Record<Phase, number>>;

/** Takes the time of a pass's phases. */
export class Phases {
  readonly seconds: PhaseSeconds = {};
  #phase: Phase = 'begin';
  #sinceMs = performance.now();

  /** The phase before it is over. */
  next(phase: Phase): void {
    this.end();
    this.#phase = phase;
  }

  /** So far; also where the pass failed. */
  end(): void {
    const nowMs = performance.now();
    const before = this.seconds[this.#phase] ?? 0;
    this.seconds[this.#phase] = Math.round(before * 1000 + nowMs - this.#sinceMs) / 1000;
    this.#sinceMs = nowMs;
  }
}

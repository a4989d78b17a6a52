/** Runs work, so much at a time. */
export class Pool {
  readonly #running = new Set<Promise<void>>();
  readonly #errors: unknown[] = [];

  constructor(private readonly most: number) {}

  /** Begins this when there is room for it. Once something failed, waits for the rest and throws why. */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.most) await Promise.race(this.#running);
    if (this.#errors.length > 0) return this.finish();
    const running = work()
      .catch((error: unknown) => void this.#errors.push(error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits until all is done; throws the first error. */
  async finish(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
    if (this.#errors.length > 0) throw this.#errors[0];
  }
}

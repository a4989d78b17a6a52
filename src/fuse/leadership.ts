/**
 * Which worker reads the device. One leads: it reads a request, serves it, and reads the next, so that a stream of quick requests wakes no other
 * thread (waking one is most of what a request costs). The others follow. One follower, the deputy, watches: when the leader has been inside
 * one request for longer than `patienceMs`, the deputy takes the lead, and the slow request holds up nobody.
 *
 * Correctness never rests on this: two workers that both read get different requests. Only speed does.
 */
export class Leadership {
  /** Bytes of shared memory that all workers of a session share. */
  static readonly bytes = 16;
  static readonly patienceMs = 2;

  readonly #words: Int32Array;

  /** `me`: a number above 0, this worker's own. */
  constructor(
    memory: SharedArrayBuffer,
    private readonly me: number,
  ) {
    this.#words = new Int32Array(memory);
  }

  /** Waits until this worker leads; false when the session has ended instead. */
  take(): boolean {
    this.#becomeDeputy();
    while (!this.#ended && !this.#takeFree() && !this.#takeFromStuck());
    Atomics.store(this.#words, word.deputy, 0);
    Atomics.notify(this.#words, word.deputy, 1);
    return !this.#ended;
  }

  get held(): boolean {
    return Atomics.load(this.#words, word.leader) === this.me && !this.#ended;
  }

  /** The leader is about to block until a request comes: nobody needs to watch it. */
  idle(): void {
    Atomics.store(this.#words, word.active, 0);
  }

  /** The leader came back with a request after {@link idle}. */
  active(): void {
    Atomics.store(this.#words, word.active, 1);
    Atomics.notify(this.#words, word.active, 1);
  }

  /** The leader begins to serve a request: the beat turns odd. */
  serving(): void {
    this.#words[word.beat] = (this.#words[word.beat]! + 1) | 1;
  }

  /** It has served it: the beat turns even, unless another leads meanwhile. */
  served(): void {
    if (this.held) this.#words[word.beat] = (this.#words[word.beat]! + 1) & ~1;
  }

  /** The session is over: everybody wakes and leaves. */
  end(): void {
    Atomics.store(this.#words, word.leader, ended);
    Atomics.store(this.#words, word.active, 1);
    Atomics.notify(this.#words, word.active);
    Atomics.notify(this.#words, word.deputy);
  }

  get #ended(): boolean {
    return Atomics.load(this.#words, word.leader) === ended;
  }

  #becomeDeputy(): void {
    for (;;) {
      const deputy = Atomics.compareExchange(this.#words, word.deputy, 0, this.me);
      if (deputy === 0 || deputy === this.me || this.#ended) return;
      Atomics.wait(this.#words, word.deputy, deputy);
    }
  }

  #takeFree(): boolean {
    return Atomics.compareExchange(this.#words, word.leader, 0, this.me) === 0;
  }

  #takeFromStuck(): boolean {
    if (Atomics.load(this.#words, word.active) === 0) {
      Atomics.wait(this.#words, word.active, 0);
      return false;
    }
    const leader = Atomics.load(this.#words, word.leader);
    const beat = Atomics.load(this.#words, word.beat);
    Atomics.wait(this.#words, word.active, 1, Leadership.patienceMs);
    const stuck = beat % 2 !== 0 && Atomics.load(this.#words, word.beat) === beat;
    return stuck && Atomics.compareExchange(this.#words, word.leader, leader, this.me) === leader;
  }
}

/** Places in the shared memory: who leads, who is deputy, whether the leader needs watching, and its beat (odd: inside a request). */
const word = { leader: 0, deputy: 1, active: 2, beat: 3 } as const;
/** In place of a leader, when the session has ended. */
const ended = -1;

/**
 * Which worker reads the device. One leads: it reads a request, serves it, and reads the next, so that a stream of
 * quick requests wakes no other thread (waking one is most of what a request costs). The others follow. One follower,
 * the deputy, watches: when the leader has been inside one request for longer than `patienceMs`, the deputy takes the
 * lead, and the slow request holds up nobody.
 *
 * When the last follower takes the lead, {@link Leadership.shortage} says that another worker is wanted: should the new
 * leader get stuck as well, there would be nobody to take over.
 *
 * Correctness never rests on this: two workers that both read get different requests. Only speed does.
 */
export class Leadership {
  /** Bytes of shared memory that all workers of a session share. */
  static readonly bytes = 20;
  static readonly patienceMs = 2;

  /** Counts a worker that is about to be started among the followers. */
  static enlist(memory: SharedArrayBuffer): void {
    Atomics.add(new Int32Array(memory), word.followers, 1);
  }

  /** Resolves to true when nobody follows any more; to false when the session has ended. */
  static async shortage(memory: SharedArrayBuffer): Promise<boolean> {
    const words = new Int32Array(memory);
    for (;;) {
      if (Atomics.load(words, word.leader) === ended) return false;
      const followers = Atomics.load(words, word.followers);
      if (followers <= 0) return true;
      await Atomics.waitAsync(words, word.followers, followers).value;
    }
  }

  readonly #words: Int32Array;
  #quiet = 0;
  /** It has led: to follow again it has to be counted again. */
  #hasLed = false;

  /** `me`: a number above 0, this worker's own. */
  constructor(
    memory: SharedArrayBuffer,
    private readonly me: number,
  ) {
    this.#words = new Int32Array(memory);
  }

  /** Waits until this worker leads; false when the session has ended instead. */
  take(): boolean {
    if (this.#hasLed) Atomics.add(this.#words, word.followers, 1);
    this.#hasLed = true;
    this.#becomeDeputy();
    while (!this.#ended && !this.#takeFree() && !this.#takeFromStuck());
    this.#beatEven();
    Atomics.store(this.#words, word.deputy, 0);
    Atomics.notify(this.#words, word.deputy, 1);
    if (Atomics.sub(this.#words, word.followers, 1) <= 1) Atomics.notify(this.#words, word.followers);
    return !this.#ended;
  }

  get held(): boolean {
    return Atomics.load(this.#words, word.leader) === this.me && !this.#ended;
  }

  /** The leader begins to serve a request: the beat turns odd. A deputy that has gone to sleep is woken to watch. */
  serving(): void {
    if (!this.held) return;
    Atomics.store(this.#words, word.beat, (this.#words[word.beat]! + 1) | 1);
    if (Atomics.load(this.#words, word.watching) !== 0) return;
    Atomics.store(this.#words, word.watching, 1);
    Atomics.notify(this.#words, word.watching);
  }

  /** It has served it: the beat turns even, unless another leads meanwhile. */
  served(): void {
    if (this.held) this.#beatEven();
  }

  /** The session is over: everybody wakes and leaves. */
  end(): void {
    Atomics.store(this.#words, word.leader, ended);
    Atomics.store(this.#words, word.watching, 1);
    Atomics.notify(this.#words, word.watching);
    Atomics.notify(this.#words, word.deputy);
    Atomics.notify(this.#words, word.followers);
  }

  /** This worker will not read again: another may lead. */
  leave(): void {
    Atomics.compareExchange(this.#words, word.leader, this.me, 0);
    Atomics.store(this.#words, word.watching, 1);
    Atomics.notify(this.#words, word.watching);
  }

  #beatEven(): void {
    Atomics.store(this.#words, word.beat, (this.#words[word.beat]! + 1) & ~1);
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

  /** Watches for a moment; whether the lead could be taken from a leader that was inside one request all the while. */
  #takeFromStuck(): boolean {
    const leader = Atomics.load(this.#words, word.leader);
    const beat = Atomics.load(this.#words, word.beat);
    Atomics.wait(this.#words, word.watching, 1, Leadership.patienceMs);
    if (Atomics.load(this.#words, word.beat) !== beat) {
      this.#quiet = 0;
      return false;
    }
    if (beat % 2 !== 0 && leader > 0)
      return Atomics.compareExchange(this.#words, word.leader, leader, this.me) === leader;
    if (++this.#quiet >= quietRounds) this.#sleep(beat);
    return false;
  }

  /**
   * No request has come for a while: sleeps until the next one. The beat is read again after the leader can see that it
   * has to wake somebody.
   */
  #sleep(beat: number): void {
    this.#quiet = 0;
    Atomics.store(this.#words, word.watching, 0);
    if (Atomics.load(this.#words, word.beat) === beat && !this.#ended) Atomics.wait(this.#words, word.watching, 0);
    Atomics.store(this.#words, word.watching, 1);
  }
}

/**
 * Rounds of watching without a request, after which the deputy sleeps: a burst of requests does not wake it for each.
 */
const quietRounds = 25;

/**
 * Places in the shared memory: who leads, who is deputy, whether the deputy watches or sleeps, the leader's beat (odd:
 * inside a request), and how many follow.
 */
const word = { leader: 0, deputy: 1, watching: 2, beat: 3, followers: 4 } as const;
/** In place of a leader, when the session has ended. */
const ended = -1;

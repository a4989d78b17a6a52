import {
  check,
  EINTR,
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  MAP_SHARED,
  native,
  PROT_READ,
  PROT_WRITE,
  SystemError,
} from '../../syscalls/index.js';
import {
  cqe,
  cqOffsets,
  IORING_ENTER_GETEVENTS,
  IORING_OFF_SQ_RING,
  IORING_OFF_SQES,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQE128,
  ringParams,
  sqe,
  sqOffsets,
} from '../abi/io-uring.js';

/** Memory shared with the kernel. */
export interface Mapped {
  readonly memory: ArrayBuffer;
  /** Structures in it point to each other. */
  readonly address: bigint;
}

/** Maps memory of our own, or a ring's. It stays mapped for the life of the process. Throws SystemError. */
export function map(length: number, fd = -1, offset = 0): Mapped {
  const address = Buffer.alloc(8);
  const flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  const memory = native.mmap(length, PROT_READ | PROT_WRITE, flags, fd, offset, address);
  if (typeof memory === 'number') throw new SystemError(-memory, 'mmap', `${length} bytes`);
  return { memory, address: address.readBigUInt64LE(0) };
}

/**
 * An io_uring (io_uring(7)) that has one command under way at a time, for the thread that makes it. All words of the two
 * rings lie in one mapping.
 */
export class Ring {
  readonly #fd: number;
  readonly #words: Int32Array;
  /** Places among the words: the submission tail, the completion head and tail, the first completion. */
  readonly #tail: number;
  readonly #completed: number;
  readonly #completedTail: number;
  readonly #completions: number;
  readonly #mask: number;
  /** The one entry (struct io_uring_sqe). The kernel only reads it: it stays as it was. */
  readonly entry: Uint32Array;

  /** Throws SystemError where the system allows no rings. */
  constructor() {
    const params = Buffer.alloc(ringParams.bytes);
    const flags = IORING_SETUP_SQE128 | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    params.writeUInt32LE(flags, ringParams.flags);
    this.#fd = check(native.io_uring_setup(1, params), 'io_uring_setup', '1 entry');
    const submission = (field: number) => params.readUInt32LE(ringParams.sqOff + field);
    const completion = (field: number) => params.readUInt32LE(ringParams.cqOff + field);
    const completionsEnd = completion(cqOffsets.cqes) + params.readUInt32LE(ringParams.cqEntries) * cqe.bytes;
    const length = Math.max(submission(sqOffsets.array) + 4, completionsEnd);
    this.#words = new Int32Array(map((length + 3) & ~3, this.#fd, IORING_OFF_SQ_RING).memory);
    this.#tail = submission(sqOffsets.tail) >>> 2;
    this.#completed = completion(cqOffsets.head) >>> 2;
    this.#completedTail = completion(cqOffsets.tail) >>> 2;
    this.#completions = completion(cqOffsets.cqes) >>> 2;
    this.#mask = this.#words[completion(cqOffsets.ringMask) >>> 2]!;
    this.#words[submission(sqOffsets.array) >>> 2] = 0;
    this.entry = new Uint32Array(map(sqe.bytes, this.#fd, IORING_OFF_SQES).memory);
  }

  /** Submits the entry, and does not wait; returns 1, or −errno. */
  submit(): number {
    Atomics.add(this.#words, this.#tail, 1);
    return native.io_uring_enter(this.#fd, 1, 0, 0);
  }

  /** Submits the entry and waits for its completion, in one system call; returns the completion's result, or −errno. */
  submitAndWait(): number {
    Atomics.add(this.#words, this.#tail, 1);
    return this.wait(1);
  }

  /** Waits for the completion of what was submitted; `unsubmitted`: entries that are still to be handed over. */
  wait(unsubmitted = 0): number {
    for (let submit = unsubmitted; ; ) {
      const result = native.io_uring_enter(this.#fd, submit, 1, IORING_ENTER_GETEVENTS);
      if (result < 0 && result !== -EINTR) return result;
      if (result > 0) submit = 0;
      const head = this.#words[this.#completed]!;
      if (Atomics.load(this.#words, this.#completedTail) === head) continue;
      const at = this.#completions + (((head & this.#mask) * cqe.bytes + cqe.res) >>> 2);
      const answer = this.#words[at]!;
      Atomics.store(this.#words, this.#completed, head + 1);
      return answer;
    }
  }

  close(): void {
    native.close(this.#fd);
  }
}

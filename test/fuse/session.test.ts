import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { opcodes } from '../../src/fuse/abi/opcodes.js';
import { Leadership } from '../../src/fuse/leadership.js';
import { openSession } from '../../src/fuse/session.js';
import { check, EIO, ENOENT, ENOSYS, EPROTO, native, POLLIN, SystemError } from '../../src/syscalls/index.js';
import { waitUntil } from '../support/wait.js';
import { withHeader } from './bytes.js';
import { samples } from './requests.js';
import type { ServingData } from './serving.js';

/** Two ends of a socket: what the kernel's side would be, and the session's. */
function sockets(t: ExecutionContext): [kernel: number, device: number] {
  const pair = Buffer.alloc(8);
  check(native.socketpair(pair), 'socketpair', 'session');
  const ends: [number, number] = [pair.readInt32LE(0), pair.readInt32LE(4)];
  t.teardown(() => {
    for (const fd of ends) native.close(fd);
  });
  return ends;
}

/** A session in a worker thread. */
class Serving {
  readonly #counts = new Int32Array(new SharedArrayBuffer(8));
  readonly #leadership: Leadership;
  readonly #exit: Promise<unknown>;
  readonly #kernel: number;

  constructor(t: ExecutionContext) {
    const [kernel, device] = sockets(t);
    this.#kernel = kernel;
    const memory = new SharedArrayBuffer(Leadership.bytes);
    this.#leadership = new Leadership(memory, 2);
    const workerData: ServingData = { device, memory, counts: this.#counts.buffer as SharedArrayBuffer };
    const worker = new Worker(new URL('./serving.js', import.meta.url), { workerData });
    this.#exit = once(worker, 'exit');
    t.teardown(() => this.end());
  }

  /** Requests that are done with, and faults. */
  get counts(): [done: number, faults: number] {
    return [Atomics.load(this.#counts, 0), Atomics.load(this.#counts, 1)];
  }

  /** Sends bytes, and waits until the session has done with them: a socket keeps no two of them apart. */
  async send(bytes: Buffer): Promise<void> {
    const [done, faults] = this.counts;
    check(native.write(this.#kernel, bytes, bytes.length), 'write', 'request');
    await waitUntil('the session is done with it', () => {
      const counts = this.counts;
      return counts[0] > done || (bytes.length < 40 && counts[1] > faults) ? undefined : String(counts);
    });
  }

  /** Whether a reply waits. */
  get speaks(): boolean {
    return native.poll(this.#kernel, POLLIN, 0) !== 0;
  }

  /** All replies that it has sent since. */
  answers(): [error: number, length: number, unique: bigint][] {
    const answers: [number, number, bigint][] = [];
    while (this.speaks) {
      const header = Buffer.alloc(16);
      check(native.read(this.#kernel, header), 'read', 'reply');
      const length = header.readUInt32LE(0) - 16;
      if (length > 0) check(native.read(this.#kernel, Buffer.alloc(length)), 'read', 'reply');
      answers.push([header.readInt32LE(4), length, header.readBigUInt64LE(8)]);
    }
    return answers;
  }

  /** Ends the session; its thread leaves with the bytes that wake it. */
  async end(): Promise<void> {
    this.#leadership.end();
    native.write(this.#kernel, Buffer.from('x'), 1);
    await this.#exit;
  }
}

const UNIQUE = 0x1122334455667788n;

test('every request is answered once, and those that take no answer never', async (t) => {
  const serving = new Serving(t);
  const rows: [opcode: number, body: Buffer, answers: [error: number, length: number][]][] = [
    [opcodes.STATFS.opcode, Buffer.alloc(0), [[0, 8]]],
    [opcodes.FORGET.opcode, samples.FORGET.body, []],
    [opcodes.LOOKUP.opcode, samples.LOOKUP.body, [[-ENOENT, 0]]],
    [opcodes.GETATTR.opcode, samples.GETATTR.body, [[-EIO, 0]]],
    [opcodes.FORGET.opcode, Buffer.alloc(0), []],
    [opcodes.LOOKUP.opcode, Buffer.alloc(0), [[-EIO, 0]]],
    [opcodes.OPEN.opcode, samples.OPEN.body, [[-ENOSYS, 0]]],
    [4711, Buffer.alloc(0), [[-ENOSYS, 0]]],
    [opcodes.STATFS.opcode, Buffer.alloc(0), [[0, 8]]],
  ];
  for (const [index, [opcode, body, expected]] of rows.entries()) {
    const bytes = withHeader(opcode, body);
    bytes.writeBigUInt64LE(BigInt(index) << 32n, 8);
    await serving.send(bytes);
    // The trace tells of a request before its reply is written.
    if (expected.length > 0)
      await waitUntil('the reply is there', () => (serving.speaks ? undefined : `request ${index}`));
    const answers = expected.map(([error, length]) => [error, length, BigInt(index) << 32n]);
    t.deepEqual(serving.answers(), answers as never, `request ${index}`);
  }
  t.deepEqual(serving.counts, [rows.length, 1]);
});

test('bytes that are no request are a fault, and the session goes on', async (t) => {
  const serving = new Serving(t);
  for (const [index, bytes] of [Buffer.from('x'), Buffer.alloc(39, 0xff)].entries()) {
    await serving.send(bytes);
    await serving.send(withHeader(opcodes.STATFS.opcode, Buffer.alloc(0)));
    await waitUntil('the reply is there', () => (serving.speaks ? undefined : `bytes ${index}`));
    t.deepEqual(serving.answers(), [[0, 8, UNIQUE]]);
    t.is(serving.counts[1], index + 1);
  }
});

test('FUSE_INIT is answered, and its agreement is what the session is opened with', (t) => {
  const [kernel, device] = sockets(t);
  const init = withHeader(opcodes.INIT.opcode, samples.INIT.body);
  native.write(kernel, init, init.length);
  t.deepEqual(openSession(device, 1n), { minor: 40, flags: 1n });
  const reply = Buffer.alloc(200);
  t.is(native.read(kernel, reply), 80);
  t.deepEqual([reply.readUInt32LE(0), reply.readInt32LE(4), reply.readBigUInt64LE(8)], [80, 0, UNIQUE]);
});

test('a kernel that is too old is told EPROTO, and so is the caller', (t) => {
  const [kernel, device] = sockets(t);
  const init = withHeader(opcodes.INIT.opcode, samples.INIT.body);
  init.writeUInt32LE(22, 44);
  native.write(kernel, init, init.length);
  const error = t.throws(() => openSession(device, 1n), { instanceOf: SystemError });
  t.is(error.errno, EPROTO);
  const reply = Buffer.alloc(200);
  t.is(native.read(kernel, reply), 16);
  t.is(reply.readInt32LE(4), -EPROTO);
});

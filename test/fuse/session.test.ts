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
  t.teardown(() => ends.forEach((fd) => void native.close(fd)));
  return ends;
}

/** A session in a worker thread. */
class Serving {
  readonly #faults = new SharedArrayBuffer(4);
  readonly #leadership: Leadership;
  readonly #exit: Promise<unknown>;

  constructor(
    t: ExecutionContext,
    private readonly kernel: number,
    device: number,
  ) {
    const memory = new SharedArrayBuffer(Leadership.bytes);
    this.#leadership = new Leadership(memory, 2);
    const workerData: ServingData = { device, memory, faults: this.#faults };
    const worker = new Worker(new URL('./serving.js', import.meta.url), { workerData });
    t.teardown(() => worker.terminate());
    this.#exit = once(worker, 'exit');
  }

  get faults(): number {
    return Atomics.load(new Int32Array(this.#faults), 0);
  }

  send(bytes: Buffer): void {
    check(native.write(this.kernel, bytes, bytes.length), 'write', 'request');
  }

  /** The next reply: its error, the length of its payload, and which request it answers. */
  async answer(): Promise<[error: number, length: number, unique: bigint]> {
    await waitUntil('the session answers', () => (this.speaks ? undefined : `${this.faults} faults`));
    const header = Buffer.alloc(16);
    check(native.read(this.kernel, header), 'read', 'reply');
    const length = header.readUInt32LE(0) - 16;
    if (length > 0) check(native.read(this.kernel, Buffer.alloc(length)), 'read', 'reply');
    return [header.readInt32LE(4), length, header.readBigUInt64LE(8)];
  }

  /** Whether a reply waits that was not read. */
  get speaks(): boolean {
    return native.poll(this.kernel, POLLIN, 0) !== 0;
  }

  /** Ends the session; its thread leaves with the request that wakes it. */
  async end(): Promise<void> {
    this.#leadership.end();
    this.send(withHeader(opcodes.FORGET.opcode, samples.FORGET.body));
    await this.#exit;
  }
}

const UNIQUE = 0x1122334455667788n;

test('every request is answered once, and those that take no answer never', async (t) => {
  const serving = new Serving(t, ...sockets(t));
  const rows: [opcode: number, body: Buffer, answer: [number, number] | undefined][] = [
    [opcodes.STATFS.opcode, Buffer.alloc(0), [0, 8]],
    [opcodes.FORGET.opcode, samples.FORGET.body, undefined],
    [opcodes.LOOKUP.opcode, samples.LOOKUP.body, [-ENOENT, 0]],
    [opcodes.GETATTR.opcode, samples.GETATTR.body, [-EIO, 0]],
    [opcodes.FORGET.opcode, Buffer.alloc(0), undefined],
    [opcodes.LOOKUP.opcode, Buffer.alloc(0), [-EIO, 0]],
    [opcodes.OPEN.opcode, samples.OPEN.body, [-ENOSYS, 0]],
    [4711, Buffer.alloc(0), [-ENOSYS, 0]],
    [opcodes.STATFS.opcode, Buffer.alloc(0), [0, 8]],
  ];
  for (const [index, [opcode, body, answer]] of rows.entries()) {
    serving.send(withHeader(opcode, body));
    // The next answer is that of the next request which takes one: anything else would show there.
    if (answer !== undefined) t.deepEqual(await serving.answer(), [...answer, UNIQUE], `request ${index}`);
    t.false(serving.speaks, `request ${index}`);
  }
  t.is(serving.faults, 1);
  await serving.end();
});

test('bytes that are no request are a fault, and the session goes on', async (t) => {
  const serving = new Serving(t, ...sockets(t));
  for (const [index, bytes] of [Buffer.from('x'), Buffer.alloc(40), Buffer.alloc(39, 0xff)].entries()) {
    serving.send(bytes);
    serving.send(withHeader(opcodes.STATFS.opcode, Buffer.alloc(0)));
    t.deepEqual(await serving.answer(), [0, 8, UNIQUE], `bytes ${index}`);
  }
  t.is(serving.faults, 3);
  await serving.end();
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

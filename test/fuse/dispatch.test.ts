import test from 'ava';
import { type OpcodeName, opcodes } from '../../src/fuse/abi/opcodes.js';
import { Dispatcher, type Handlers, noReply } from '../../src/fuse/dispatch.js';
import { Reply } from '../../src/fuse/reply.js';
import { EIO, ENOENT, ENOSYS } from '../../src/syscalls/index.js';
import { received, withHeader } from './bytes.js';
import { samples } from './requests.js';

function serve(handlers: Handlers, opcode: number, body: Buffer): { result: number; faults: unknown[][] } {
  const faults: unknown[][] = [];
  const dispatcher = new Dispatcher(handlers, (...fault) => faults.push(fault));
  const reply = new Reply(64, { entry: 0, attr: 0 });
  return { result: dispatcher.serve(received(withHeader(opcode, body)), reply), faults };
}

const names = Object.keys(opcodes) as OpcodeName[];
const unanswered: readonly OpcodeName[] = ['FORGET', 'BATCH_FORGET', 'INTERRUPT'];

test('what a handler returns is the result', (t) => {
  for (const result of [0, 16, -ENOENT])
    t.deepEqual(serve({ STATFS: () => result }, 17, Buffer.alloc(0)), { result, faults: [] });
});

test('a handler that throws is EIO and a fault', (t) => {
  for (const name of names) {
    const error = new Error('a bug');
    const thrower = () => {
      throw error;
    };
    const { result, faults } = serve({ [name]: thrower }, opcodes[name].opcode, samples[name].body);
    t.is(result, unanswered.includes(name) ? noReply : -EIO, name);
    t.deepEqual(faults, [[name, error]]);
  }
});

test('only FORGET and its like take no reply, whatever becomes of them', (t) => {
  for (const name of names) {
    t.is(opcodes[name].replies, !unanswered.includes(name), name);
    const { opcode } = opcodes[name];
    for (const body of [samples[name].body, Buffer.alloc(0)]) {
      const { result } = serve({ [name]: () => 0 }, opcode, body);
      t.is(Number.isNaN(result), unanswered.includes(name), name);
    }
  }
});

test('what nobody serves is ENOSYS', (t) => {
  for (const opcode of [0, 7, 19, 51, 52, 4096, 0xffffffff])
    t.deepEqual(serve({ STATFS: () => 0 }, opcode, Buffer.alloc(0)), { result: -ENOSYS, faults: [] }, String(opcode));
  t.is(serve({}, opcodes.FLUSH.opcode, samples.FLUSH.body).result, -ENOSYS);
});

test('a handler does not see a request that is too short', (t) => {
  for (const name of names) {
    const { opcode, body } = opcodes[name];
    let called = 0;
    const handler = () => {
      called++;
      return 0;
    };
    if (body > 0) serve({ [name]: handler }, opcode, Buffer.alloc(body - 1));
    t.is(called, 0, name);
    serve({ [name]: handler }, opcode, Buffer.alloc(body));
    t.is(called, 1, name);
  }
});

import test from 'ava';
import { type OpcodeName, opcodes } from '../../src/fuse/abi/opcodes.js';
import { Dispatcher } from '../../src/fuse/dispatch.js';
import { Reply } from '../../src/fuse/reply.js';
import { MalformedRequest, type Request } from '../../src/fuse/request.js';
import { EIO } from '../../src/syscalls/index.js';
import { hex, name, received, withHeader } from './bytes.js';
import { type Sample, samples } from './requests.js';

const all = Object.entries(samples) as [OpcodeName, Sample][];

/** What a dispatcher returns for a request; `faults` counts what went wrong in the handler, `read` keeps what it read. */
function serve(opcode: OpcodeName, request: Request): { result: number; faults: number; read: unknown } {
  let [faults, read] = [0, undefined as unknown];
  const handler = (served: Request) => {
    read = samples[opcode].read(served);
    return 0;
  };
  const dispatcher = new Dispatcher({ [opcode]: handler }, () => {
    faults++;
  });
  const result = dispatcher.serve(request, new Reply(256, { entry: 1, attr: 1 }));
  return { result, faults, read };
}

test('the header of a request is read field by field', (t) => {
  const request = received(withHeader(opcodes.STATFS.opcode, Buffer.alloc(24)));
  t.deepEqual(
    [
      request.bodyLength,
      request.opcode,
      request.uniqueLow,
      request.uniqueHigh,
      request.nodeid,
      request.uid,
      request.gid,
    ],
    [24, 17, 0x55667788, 0x11223344, 5, 1000, 100],
  );
});

for (const [opcode, { body, says, least = body.length }] of all) {
  test(`${opcode} is read from its bytes`, (t) => {
    const bytes = withHeader(opcodes[opcode].opcode, body);
    const { result, faults, read } = serve(opcode, received(bytes));
    t.deepEqual(read, says);
    t.deepEqual([result, faults], [opcodes[opcode].replies ? 0 : Number.NaN, 0]);
  });

  test(`${opcode} cut short anywhere is EIO, whatever lies behind its end`, (t) => {
    const bytes = withHeader(opcodes[opcode].opcode, body);
    for (const rest of [0x00, 0x01, 0xff]) {
      for (let length = 0; length < 40; length++)
        t.throws(() => received(bytes, length, rest), { instanceOf: MalformedRequest }, `${length} bytes`);
      for (let length = 40; length < 40 + least; length++) {
        const { result, read } = serve(opcode, received(bytes, length, rest));
        t.is(result, opcodes[opcode].replies ? -EIO : Number.NaN, `${length} bytes before ${rest}`);
        t.is(read, undefined, `${length} bytes before ${rest}`);
      }
    }
  });
}

test('a request that says another length than was read is malformed', (t) => {
  for (const said of [0, 39, 41, 48, 0xffffffff]) {
    const request = received(withHeader(opcodes.STATFS.opcode, Buffer.alloc(0)));
    request.bytes.writeUInt32LE(said, 0);
    t.throws(() => request.accept(40), { instanceOf: MalformedRequest }, String(said));
  }
});

test('a name that is no entry is refused', (t) => {
  const rows: [bytes: string | Buffer, accepted: boolean][] = [
    [name(''), false],
    [name('.'), false],
    [name('..'), false],
    [name('/'), false],
    [name('a/b'), false],
    [name('/a'), false],
    [name('a/'), false],
    [name('../x'), false],
    [Buffer.from('no end'), false],
    [name('...'), true],
    [name('.a'), true],
    [name('..a'), true],
    [name('\xff\n\\'), true],
    [name('x'.repeat(255)), true],
  ];
  for (const [bytes, accepted] of rows) {
    const request = received(withHeader(1, Buffer.from(bytes)));
    const read = () => request.entryName(0);
    if (accepted) t.deepEqual(read(), bytes);
    else t.throws(read, { instanceOf: MalformedRequest }, JSON.stringify(bytes.toString()));
  }
});

test('a number above 32 bits is no nodeid and no handle of ours', (t) => {
  const request = received(withHeader(1, hex('ffffffff00000000 0000000001000000')));
  t.is(request.small64(0), 0xffffffff);
  t.throws(() => request.small64(8), { instanceOf: MalformedRequest });
  request.bytes.writeUInt32LE(1, 20);
  t.throws(() => request.nodeid, { instanceOf: MalformedRequest });
});

test('data ends within the request', (t) => {
  const request = received(withHeader(16, Buffer.from('abcd')));
  t.is(request.data(1, 3).toString(), 'bcd');
  t.is(request.data(4, 0).length, 0);
  for (const [at, length] of [
    [1, 4],
    [5, 0],
    [0, 0xffffffff],
  ] as const)
    t.throws(() => request.data(at, length), { instanceOf: MalformedRequest }, `${length} at ${at}`);
});

/** struct fuse_ext_header, then struct fuse_supp_groups, padded to 8 bytes. */
const groups = (count: number, ...ids: number[]) => {
  const bytes = Buffer.alloc((12 + 4 * ids.length + 7) & ~7);
  for (const [index, word] of [bytes.length, 32, count, ...ids].entries()) bytes.writeUInt32LE(word, index * 4);
  return bytes;
};
const unknown = Buffer.concat([hex('18000000 63000000'), Buffer.from('of another kind.')]);

test('the supplementary group is found among the extensions', (t) => {
  const rows: Record<string, [extensions: Buffer, found: number | undefined]> = {
    none: [Buffer.alloc(0), undefined],
    'one group': [groups(1, 4_000_000_000), 4_000_000_000],
    'no group': [groups(0), undefined],
    'behind another extension': [Buffer.concat([unknown, groups(1, 42)]), 42],
    'another extension only': [unknown, undefined],
  };
  for (const [title, [extensions, found]] of Object.entries(rows)) {
    const body = Buffer.concat([samples.MKDIR.body, Buffer.alloc(4), extensions]);
    const request = received(withHeader(9, body, extensions.length), 40 + body.length, 0xff);
    t.is(request.supplementaryGroup(), found, title);
    t.is(request.entryName(8).toString(), 'dir\0', title);
  }
});

test('extensions that do not add up are malformed', (t) => {
  const rows: Record<string, [extensions: Buffer, said: number]> = {
    'longer than the request': [Buffer.alloc(0), 64],
    'of no size': [Buffer.alloc(16), 16],
    'shorter than their header': [hex('04000000 20000000 01000000 2a000000'), 16],
  };
  for (const [title, [extensions, said]] of Object.entries(rows)) {
    const request = received(withHeader(9, Buffer.concat([name('a'), extensions]), said));
    t.throws(() => request.supplementaryGroup(), { instanceOf: MalformedRequest }, title);
  }
});

test('a group that is cut off is none, whatever lies behind the end', (t) => {
  const whole = groups(1, 42);
  const request = received(withHeader(9, whole.subarray(0, 8), 8), 48, 1);
  t.is(request.supplementaryGroup(), undefined);
});

import test from 'ava';
import { FUSE_PASSTHROUGH, honoured } from '../../src/fuse/abi/init-flags.js';
import { type Agreement, handshake, newestMinor, oldestMinor } from '../../src/fuse/handshake.js';
import { Reply } from '../../src/fuse/reply.js';
import { EPROTO } from '../../src/syscalls/index.js';
import { hex, received, withHeader } from './bytes.js';

const everything = 2n ** 64n - 1n;

interface Offer {
  readonly major?: number;
  readonly minor?: number;
  readonly flags?: bigint;
  /** The length of the body. */
  readonly bytes?: number;
  readonly wanted?: bigint;
}

/** Shakes hands with a kernel that makes an offer. */
function shake({ major = 7, minor = 44, flags = everything, bytes = 64, wanted = everything }: Offer): {
  result: number;
  agreed: Agreement[];
  reply: Reply;
} {
  const body = Buffer.alloc(64);
  for (const [index, word] of [major, minor, 131072, Number(flags & 0xffffffffn), Number(flags >> 32n)].entries())
    body.writeUInt32LE(word, index * 4);
  const reply = new Reply(256, { entry: 0, attr: 0 });
  reply.bytes.fill(0xaa);
  const agreed: Agreement[] = [];
  // Behind a short body lies what an earlier request may have left.
  const request = received(withHeader(26, body.subarray(0, bytes)), 40 + bytes, 0xff);
  return { result: handshake(request, reply, wanted, (agreement) => agreed.push(agreement)), agreed, reply };
}

test('the answer to a kernel that offers everything', (t) => {
  const { result, agreed, reply } = shake({});
  t.is(result, 64);
  t.deepEqual(agreed, [{ minor: 40, flags: honoured }]);
  const answer = `
    07000000 28000000  // major, minor
    00000200 69f0d470  // max_readahead, flags
    4000 3000          // max_background, congestion_threshold
    00001000 01000000  // max_write, time_gran
    0001 0000          // max_pages, map_alignment
    34020000 01000000  // flags2, max_stack_depth
    ${'00'.repeat(24)} // unused[6]`;
  t.is(reply.payload.toString('hex', 0, 64), hex(answer).toString('hex'));
});

test('flags that are not honoured, not wanted or not offered are refused', (t) => {
  for (let bit = 0n; bit < 64n; bit++) {
    const flag = 1n << bit;
    t.is(shake({ flags: flag }).agreed[0]?.flags, honoured & flag, `offered: ${bit}`);
    t.is(shake({ wanted: flag }).agreed[0]?.flags, honoured & flag, `wanted: ${bit}`);
    t.is(shake({ flags: everything & ~flag }).agreed[0]?.flags, honoured & ~flag, `not offered: ${bit}`);
  }
});

test('the answer carries the flags that were agreed on', (t) => {
  for (const flags of [0n, honoured, FUSE_PASSTHROUGH, 1n, everything]) {
    const { agreed, reply } = shake({ flags });
    const sent = BigInt(reply.payload.readUInt32LE(12)) | (BigInt(reply.payload.readUInt32LE(32)) << 32n);
    t.deepEqual(
      [sent],
      agreed.map((agreement) => agreement.flags),
    );
  }
});

test('a stack depth is given only with passthrough, which needs it', (t) => {
  t.is(shake({ flags: FUSE_PASSTHROUGH }).reply.payload.readUInt32LE(36), 1);
  t.is(shake({ flags: everything & ~FUSE_PASSTHROUGH }).reply.payload.readUInt32LE(36), 0);
});

test('a kernel that sends no second word of flags offers none of it', (t) => {
  const { result, agreed } = shake({ bytes: 16 });
  t.is(result, 64);
  t.is(agreed[0]?.flags, honoured & 0xffffffffn);
});

test('versions that are not spoken are EPROTO, and nothing is agreed', (t) => {
  const rows: [major: number, minor: number, accepted: boolean][] = [
    [7, oldestMinor, true],
    [7, oldestMinor - 1, false],
    [7, 0, false],
    [7, newestMinor, true],
    [7, newestMinor + 100, true],
    [6, 99, false],
    [8, 40, false],
    [0, 0, false],
  ];
  for (const [major, minor, accepted] of rows) {
    const { result, agreed } = shake({ major, minor });
    t.is(result, accepted ? 64 : -EPROTO, `${major}.${minor}`);
    t.deepEqual(
      agreed.map((agreement) => agreement.minor),
      accepted ? [Math.min(minor, newestMinor)] : [],
    );
  }
});

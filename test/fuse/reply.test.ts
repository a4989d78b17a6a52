import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { FOPEN_PASSTHROUGH } from '../../src/fuse/abi/flags.js';
import { attrOut, entryOut } from '../../src/fuse/abi/layouts.js';
import { decodeDevice, direntLength, direntplusLength, encodeDevice, Reply } from '../../src/fuse/reply.js';
import { ENOENT, Stat, statx } from '../../src/syscalls/index.js';
import { hex } from './bytes.js';

/** A Stat that statx(2) might have filled. */
function stat(): Stat {
  const filled = new Stat();
  const { bytes } = filled;
  bytes.writeBigUInt64LE(0x1122334455667788n, statx.ino);
  bytes.writeBigUInt64LE(0x0a0b0c0d0e0f1011n, statx.size);
  bytes.writeBigUInt64LE(16n, statx.blocks);
  bytes.writeBigInt64LE(-2n, statx.atime);
  bytes.writeUInt32LE(500_000_000, statx.atime + statx.nsec);
  bytes.writeBigInt64LE(0x6553f100n, statx.mtime);
  bytes.writeUInt32LE(1, statx.mtime + statx.nsec);
  bytes.writeBigInt64LE(0x16553f100n, statx.ctime);
  bytes.writeUInt32LE(999_999_999, statx.ctime + statx.nsec);
  bytes.writeUInt16LE(0o060640, statx.mode);
  bytes.writeUInt32LE(3, statx.nlink);
  bytes.writeUInt32LE(4_000_000_000, statx.uid);
  bytes.writeUInt32LE(100, statx.gid);
  bytes.writeUInt32LE(0x103, statx.rdevMajor);
  bytes.writeUInt32LE(0x12345, statx.rdevMinor);
  bytes.writeUInt32LE(4096, statx.blksize);
  return filled;
}

const ATTR = `
  8877665544332211 11100f0e0d0c0b0a  // ino, size
  1000000000000000 feffffffffffffff  // blocks, atime
  00f1536500000000 00f1536501000000  // mtime, ctime
  0065cd1d 01000000 ffc99a3b         // atimensec, mtimensec, ctimensec
  a0610000 03000000                  // mode, nlink
  00286bee 64000000                  // uid, gid
  45033112 00100000 00000000         // rdev, blksize, flags`;

const ENTRY = `
  0500000000000000 0700000000000000  // nodeid, generation
  0100000000000000 0200000000000000  // entry_valid, attr_valid
  00000000 00000000                  // entry_valid_nsec, attr_valid_nsec
  ${ATTR}`;

/** struct linux_dirent64 as getdents64(2) fills it. */
const SOURCE = hex(`
  8877665544332211 efcdab8967452301  // d_ino, d_off
  1800 08 6669c300                   // d_reclen, d_type, d_name`);

const DIRENT = `
  8877665544332211 efcdab8967452301  // ino, off
  03000000 08000000                  // namelen, type
  6669c30000000000                   // name, padded to 8 bytes`;

/** A reply full of what an earlier one may have left. */
function used(): Reply {
  const reply = new Reply(1024, { entry: 1, attr: 2 });
  reply.bytes.fill(0xaa);
  return reply;
}

function check(t: ExecutionContext, reply: Reply, length: number, rows: string): void {
  t.is(reply.payload.toString('hex', 0, length), hex(rows).toString('hex'));
  t.is(reply.payload[length], 0xaa, 'nothing is written behind it');
}

test('an entry reply', (t) => {
  const reply = used();
  check(t, reply, reply.entry(5, 7, stat()), ENTRY);
});

test('objects of other devices than the mount’s own have inode numbers apart, the same wherever they are shown', (t) => {
  const shown = (home: number) => {
    const reply = new Reply(1024, { entry: 1, attr: 1, home });
    reply.entry(5, 7, stat());
    const inEntry = reply.payload.readBigUInt64LE(entryOut.attr);
    reply.attrOut(stat());
    const inAttributes = reply.payload.readBigUInt64LE(attrOut.attr);
    reply.dirent(0, SOURCE, 0, stat().dev, 8, 19, 3);
    t.deepEqual([inAttributes, reply.payload.readBigUInt64LE(0)], [inEntry, inEntry]);
    return inEntry;
  };
  t.is(shown(stat().dev), 0x1122334455667788n);
  const apart = shown(stat().dev + 1);
  t.is(apart & 0xffffffffn, 0x55667788n);
  t.not(apart, 0x1122334455667788n);
});

test('an entry reply that names nothing', (t) => {
  const reply = used();
  const zeros = '00'.repeat(128 - 24);
  check(t, reply, reply.noEntry(), `0000000000000000 0000000000000000 0100000000000000 ${zeros}`);
});

test('an attributes reply', (t) => {
  const reply = used();
  check(
    t,
    reply,
    reply.attrOut(stat()),
    `0200000000000000 00000000 00000000 // attr_valid, attr_valid_nsec, dummy\n${ATTR}`,
  );
});

test('an open reply, with and without a backing id', (t) => {
  const rows: [flags: number, backing: number, bytes: string][] = [
    [FOPEN_PASSTHROUGH, 3, '0900000000000000 80000000 03000000'],
    [0, 0, '0900000000000000 00000000 00000000'],
  ];
  for (const [flags, backing, bytes] of rows) {
    const reply = used();
    check(t, reply, reply.open(9, flags, backing), bytes);
  }
});

test('a create reply is an entry and an open', (t) => {
  const reply = used();
  const length = reply.entry(5, 7, stat());
  check(t, reply, length + reply.open(9, 0, 0, length), `${ENTRY}\n0900000000000000 00000000 00000000`);
});

test('a directory entry', (t) => {
  const reply = used();
  check(t, reply, reply.dirent(0, SOURCE, 0, 1, 8, 19, 3), DIRENT);
});

test('a directory entry with attributes', (t) => {
  const reply = used();
  const head = reply.entry(5, 7, stat());
  check(t, reply, head + reply.dirent(head, SOURCE, 0, 1, 8, 19, 3), `${ENTRY}\n${DIRENT}`);
});

test('directory entries stand one behind the other', (t) => {
  const reply = used();
  const first = reply.dirent(0, SOURCE, 0, 1, 8, 19, 3);
  const second = reply.dirent(first, Buffer.concat([Buffer.alloc(5), SOURCE]), 5, 1, 8, 24, 3);
  check(t, reply, first + second, `${DIRENT}\n${DIRENT}`);
});

test('a directory entry is as long as it was said to be, for every name', (t) => {
  for (let length = 1; length <= 255; length++) {
    const reply = used();
    const source = Buffer.concat([SOURCE.subarray(0, 19), Buffer.alloc(length, 'n'), Buffer.alloc(1)]);
    t.is(reply.dirent(0, source, 0, 1, 8, 19, length), direntLength(length));
    t.is(direntLength(length) % 8, 0);
    t.true(direntLength(length) >= 24 + length && direntLength(length) < 32 + length);
    t.is(direntplusLength(length), 128 + direntLength(length));
    t.is(reply.payload.toString('latin1', 24, 24 + length), 'n'.repeat(length));
  }
});

test('the header says the length of a result and the negative errno of a failure', (t) => {
  const rows: [result: number, sent: number, header: string][] = [
    [0, 16, '10000000 00000000 8877665544332211'],
    [24, 40, '28000000 00000000 8877665544332211'],
    [-ENOENT, 16, '10000000 feffffff 8877665544332211'],
  ];
  for (const [result, sent, header] of rows) {
    const reply = used();
    t.is(reply.seal(result, 0x55667788, 0x11223344), sent);
    t.is(reply.bytes.toString('hex', 0, 16), hex(header).toString('hex'));
  }
});

test('device numbers go there and back', (t) => {
  const major = fc.integer({ min: 0, max: 0xfff });
  const minor = fc.integer({ min: 0, max: 0xfffff });
  fc.assert(
    fc.property(major, minor, (one, other) => {
      const device = encodeDevice(one, other);
      t.true(device >= 0 && device <= 0xffffffff);
      t.deepEqual(decodeDevice(device), { major: one, minor: other });
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (device) => {
      const parts = decodeDevice(device);
      t.is(encodeDevice(parts.major, parts.minor), device);
    }),
  );
});

test('device numbers are those of the kernel', (t) => {
  const rows: [major: number, minor: number, device: number][] = [
    [0, 0, 0],
    [1, 3, 0x103],
    [7, 255, 0x7ff],
    [259, 256, 0x110300],
    [4095, 0xfffff, 0xffffffff],
  ];
  for (const [major, minor, device] of rows) t.is(encodeDevice(major, minor), device, `${major}:${minor}`);
});

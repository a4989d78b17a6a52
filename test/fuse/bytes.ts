import { Request } from '../../src/fuse/request.js';

/** Bytes from rows of hex; what stands behind `//` says which fields they are. */
export function hex(rows: string): Buffer {
  const digits = rows.split('\n').map((row) => row.replace(/\/\/.*/, ''));
  return Buffer.from(digits.join('').replaceAll(/\s/g, ''), 'hex');
}

/** A header (struct fuse_in_header) for a body: from uid 1000, gid 100, pid 77, for node 5; unique 0x1122334455667788. */
export function withHeader(opcode: number, body: Buffer, extensions = 0): Buffer {
  const header = hex(`
    00000000 00000000   // len, opcode
    8877665544332211    // unique
    0500000000000000    // nodeid
    e8030000 64000000   // uid, gid
    4d000000            // pid
    0000 0000           // total_extlen, padding`);
  header.writeUInt32LE(header.length + body.length, 0);
  header.writeUInt32LE(opcode, 4);
  header.writeUInt16LE(extensions / 8, 36);
  return Buffer.concat([header, body]);
}

/** A request as it is read: its first `length` bytes, with a header that says so, in a buffer that is full of `rest`. */
export function received(bytes: Buffer, length = bytes.length, rest = 0): Request {
  const request = new Request(4096);
  request.bytes.fill(rest);
  bytes.copy(request.bytes, 0, 0, length);
  if (length >= 4) request.bytes.writeUInt32LE(length, 0);
  request.accept(length);
  return request;
}

/** Text as bytes that end with NUL. */
export const name = (text: string) => Buffer.from(`${text}\0`, 'latin1');

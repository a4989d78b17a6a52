import { type OpcodeName, opcodes } from '../../../src/fuse/abi/opcodes.js';
import { withHeader } from '../../fuse/bytes.js';
import { samples } from '../../fuse/requests.js';
import type { Random } from '../../support/random.js';

/** A handle that the filesystem gave, of a node. */
export interface GivenHandle {
  readonly fh: number;
  readonly nodeid: number;
}

/** What the filesystem has given away so far: what a kernel would ask with. */
export interface Given {
  readonly nodes: readonly number[];
  readonly handles: readonly GivenHandle[];
}

/** A request, and what it asks for if it is whole. */
export interface Mutated {
  readonly name: OpcodeName;
  readonly bytes: Buffer;
}

/** Where an operation's structure has a handle; those of the second node in COPY_FILE_RANGE come with it. */
const handleAt: Partial<Record<OpcodeName, number>> = {
  SETATTR: 8,
  READ: 0,
  WRITE: 0,
  RELEASE: 0,
  FSYNC: 0,
  READDIR: 0,
  READDIRPLUS: 0,
  RELEASEDIR: 0,
  FSYNCDIR: 0,
  FALLOCATE: 0,
  LSEEK: 0,
  COPY_FILE_RANGE: 0,
};

/** Where it has another nodeid. */
const nodeAt: Partial<Record<OpcodeName, number>> = { RENAME: 0, RENAME2: 0, LINK: 0, BATCH_FORGET: 8 };

/** Where names begin, and how many there are. */
const namesAt: Partial<Record<OpcodeName, readonly [at: number, count: number]>> = {
  LOOKUP: [0, 1],
  SYMLINK: [0, 2],
  MKNOD: [16, 1],
  MKDIR: [8, 1],
  UNLINK: [0, 1],
  RMDIR: [0, 1],
  RENAME: [8, 2],
  RENAME2: [16, 2],
  LINK: [8, 1],
  CREATE: [16, 1],
};

const names = Object.keys(samples) as OpcodeName[];
/** Those that make things are asked for more often, or there would be nothing to work with. */
const choices: readonly OpcodeName[] = [...names, 'LOOKUP', 'CREATE', 'CREATE', 'MKDIR', 'OPEN', 'OPENDIR', 'LINK'];

const ENTRY_NAMES = ['a', 'b', 'c', 'd', 'e', '\xff\xfe', 'x'.repeat(255)];
/** Names that lead somewhere else, or are none. */
const BAD_NAMES = ['', '.', '..', '/', '../outside', '/etc', 'a/b', '.markerfs', 'y'.repeat(256), 'z'.repeat(5000)];
/** Targets of symlinks may be anything; these lead out of the source. */
const TARGETS = ['..', '../outside', '../outside/secret', '/', 'a'];
/** Numbers at which something changes. */
const EDGES = [
  0,
  1,
  2,
  3,
  7,
  8,
  255,
  256,
  4095,
  4096,
  65536,
  1 << 20,
  (1 << 20) + 1,
  0x7fffffff,
  0x80000000,
  0xffffffff,
];

/** A request that the kernel could send; a part of them is then damaged in one to three places. */
export function mutate(random: Random, given: Given): Mutated {
  const name = random.of(choices);
  const bytes = sensible(random, name, given);
  if (random.once(3)) return { name, bytes };
  let damaged = bytes;
  for (let times = 1 + random.below(3); times > 0; times--) damaged = random.of(damages)(random, damaged);
  return { name, bytes: damaged };
}

function sensible(random: Random, name: OpcodeName, given: Given): Buffer {
  let body: Buffer = Buffer.from(samples[name].body);
  const names = namesAt[name];
  if (names !== undefined) body = withNames(random, body, names, name === 'SYMLINK');
  const other = nodeAt[name];
  if (other !== undefined) put64(body, other, random.of(given.nodes));
  // The root is the one directory that is always there.
  let nodeid = random.once(3) ? 1 : random.of(given.nodes);
  const at = handleAt[name];
  if (at !== undefined && given.handles.length > 0) {
    const handle = random.of(given.handles);
    put64(body, at, handle.fh);
    nodeid = handle.nodeid;
  }
  if (name === 'COPY_FILE_RANGE' && given.handles.length > 0) {
    const target = random.of(given.handles);
    put64(body, 16, target.nodeid);
    put64(body, 24, target.fh);
  }
  const bytes = withHeader(opcodes[name].opcode, body);
  put64(bytes, 16, nodeid);
  return bytes;
}

function withNames(random: Random, body: Buffer, [at, count]: readonly [number, number], isSymlink: boolean): Buffer {
  const parts: Buffer[] = [body.subarray(0, at)];
  for (let index = 0; index < count; index++) {
    const pool = isSymlink && index === 1 ? TARGETS : random.once(12) ? BAD_NAMES : ENTRY_NAMES;
    parts.push(Buffer.from(`${random.of(pool)}\0`, 'latin1'));
  }
  return Buffer.concat(parts);
}

type Damage = (random: Random, bytes: Buffer) => Buffer;

/** Says in its header how long it is: otherwise hardly any would come past it. */
function resized(bytes: Buffer, length: number): Buffer {
  const result = Buffer.alloc(length, 0x61);
  bytes.copy(result);
  if (length >= 4) result.writeUInt32LE(length, 0);
  return result;
}

const damages: readonly Damage[] = [
  (random, bytes) => resized(bytes, random.below(bytes.length + 1)),
  (random, bytes) => resized(bytes, bytes.length + 1 + random.below(200)),
  // A header whose length is wrong.
  (random, bytes) => edited(bytes, (copy) => copy.length >= 4 && copy.writeUInt32LE(edge(random), 0)),
  (random, bytes) => edited(bytes, (copy) => put32(copy, 4, random.below(60))),
  (random, bytes) => edited(bytes, (copy) => put32(copy, 16, random.below(300))),
  (random, bytes) => edited(bytes, (copy) => put32(copy, 16 + 4 * random.below(2), edge(random))),
  (random, bytes) => edited(bytes, (copy) => copy.length >= 38 && copy.writeUInt16LE(random.below(65536), 36)),
  // Any word behind the header, which is where handles, offsets, sizes and flags stand.
  (random, bytes) => edited(bytes, (copy) => put32(copy, wordOf(random, copy), edge(random))),
  (random, bytes) => edited(bytes, (copy) => put32(copy, wordOf(random, copy), random.below(64))),
  (random, bytes) =>
    edited(bytes, (copy) => put8(copy, 40 + random.below(Math.max(1, copy.length - 40)), random.below(256))),
  // No NUL at the end.
  (_, bytes) => edited(bytes, (copy) => put8(copy, copy.length - 1, 0x61)),
];

function edited(bytes: Buffer, edit: (copy: Buffer) => unknown): Buffer {
  const copy = Buffer.from(bytes);
  edit(copy);
  return copy;
}

function edge(random: Random): number {
  return random.once(4) ? random.below(2 ** 31) : random.of(EDGES);
}

function wordOf(random: Random, bytes: Buffer): number {
  return 40 + 4 * random.below(Math.max(1, Math.ceil((bytes.length - 40) / 4)));
}

function put8(bytes: Buffer, at: number, value: number): void {
  if (at >= 40 && at < bytes.length) bytes.writeUInt8(value, at);
}

function put32(bytes: Buffer, at: number, value: number): void {
  if (at + 4 <= bytes.length) bytes.writeUInt32LE(value, at);
}

function put64(bytes: Buffer, at: number, value: number): void {
  bytes.writeBigUInt64LE(BigInt(value), at);
}

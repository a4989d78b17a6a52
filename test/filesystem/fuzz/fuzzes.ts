/**
 * A program for tests: `node fuzzes.js <folder> <seed> <requests> [<request to tell of>]` puts a filesystem together over a folder and feeds it
 * requests, some of them damaged, as if they came from the kernel. It ends with 0 when each was answered as it may be, and no descriptor of the
 * process but handles was used or closed. Prints how often each answer came.
 */
import { readdirSync, readlinkSync, writeSync } from 'node:fs';
import { entryOut } from '../../../src/fuse/abi/layouts.js';
import { type OpcodeName, opcodes } from '../../../src/fuse/abi/opcodes.js';
import { Dispatcher, MalformedRequest, maxIoBytes, Reply, Request } from '../../../src/fuse/index.js';
import { AT_FDCWD, check, cstr, errnoName, FS_IOC_SETFLAGS, native, O_RDONLY } from '../../../src/syscalls/index.js';
import { withHeader } from '../../fuse/bytes.js';
import { Random } from '../../support/random.js';
import { assembleOver, handlersOf } from '../../support/unmounted.js';
import { type GivenHandle, type Mutated, mutate } from './mutate.js';

const [folder = '', seed = '1', requests = '1000', told = ''] = process.argv.slice(2);
const MAX_ERRNO = 4095;
/** The nodes and handles that are asked for again: enough for collisions, few enough that they meet. */
const MOST_GIVEN = 60;

const random = new Random(Number(seed));
const uuid = '01234567-89ab-cdef-0123-456789abcdef';
const filesystem = assembleOver(folder, { device: -1, privileged: process.getuid?.() === 0, uuid });
const request = new Request(maxIoBytes + 4096);
const reply = new Reply(maxIoBytes, { entry: 1, attr: 1 });
const counts = new Map<string, number>();
const nodes = [1];
const handles: GivenHandle[] = [];

/** Descriptors and where they lead. */
function descriptors(): Map<number, string> {
  const found = new Map<number, string>();
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    try {
      found.set(fd, readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      // The one that the folder itself was read by.
    }
  }
  return found;
}

const nameOf = new Map(Object.entries(opcodes).map(([name, { opcode }]) => [opcode as number, name as OpcodeName]));
const entryReplies = new Set<OpcodeName>(['LOOKUP', 'MKDIR', 'MKNOD', 'SYMLINK', 'LINK', 'CREATE']);

let faults = 0;
const dispatcher = new Dispatcher(handlersOf(filesystem), (operation, error) => {
  // What is wrong with the request is no bug of ours; nor is a FORGET of more than the kernel held, which says so.
  const expected =
    error instanceof MalformedRequest || (error instanceof Error && error.message.startsWith('FORGET of'));
  if (!expected) fail(`${operation} threw ${error instanceof Error ? error.stack : String(error)}`);
  faults++;
});

let current: { readonly index: number; readonly mutated: Mutated } | undefined;

function fail(what: string): never {
  const bytes = current?.mutated.bytes.toString('hex') ?? '';
  writeSync(2, `Request ${current?.index} (${current?.mutated.name}), seed ${seed}: ${what}\n${bytes}\n`);
  process.exit(1);
}

function count(what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/** Serves one request as a session does, and checks the answer. */
function ask(mutated: Mutated): void {
  const { bytes } = mutated;
  bytes.copy(request.bytes);
  try {
    request.accept(bytes.length);
  } catch {
    count('no request');
    return;
  }
  const result = dispatcher.serve(request, reply);
  if (Number.isNaN(result)) {
    count('no answer');
    return;
  }
  if (!Number.isInteger(result) || result < -MAX_ERRNO || result > reply.payload.length) fail(`answered ${result}`);
  count(result < 0 ? errnoName(-result) : 'answered');
  if (result > 0) remember(nameOf.get(request.opcode), result);
}

/** Keeps what was given away, as the kernel does, and gives back what there is no room for. */
function remember(name: OpcodeName | undefined, length: number): void {
  const word = (at: number) => reply.payload.readUInt32LE(at);
  if (name === 'OPEN' || name === 'OPENDIR') keepHandle({ fh: word(0), nodeid: request.nodeid });
  if (length < entryOut.bytes || name === undefined || !entryReplies.has(name)) return;
  const nodeid = word(entryOut.nodeid);
  if (nodeid !== 0) keepNode(nodeid);
  if (name === 'CREATE') keepHandle({ fh: word(entryOut.bytes), nodeid });
}

function keepHandle(handle: GivenHandle): void {
  if (handles.length < MOST_GIVEN) return void handles.push(handle);
  const [dropped] = handles.splice(random.below(handles.length), 1, handle);
  const body = Buffer.alloc(24);
  body.writeBigUInt64LE(BigInt(dropped!.fh));
  giveBack('RELEASE', dropped!.nodeid, body);
}

function keepNode(nodeid: number): void {
  if (nodes.length < MOST_GIVEN) return void nodes.push(nodeid);
  const [dropped] = nodes.splice(1 + random.below(nodes.length - 1), 1, nodeid);
  const body = Buffer.alloc(8);
  body.writeBigUInt64LE(1n);
  giveBack('FORGET', dropped!, body);
}

function giveBack(name: OpcodeName, nodeid: number, body: Buffer): void {
  const bytes = withHeader(opcodes[name].opcode, body);
  bytes.writeBigUInt64LE(BigInt(nodeid), 16);
  bytes.copy(request.bytes);
  request.accept(bytes.length);
  dispatcher.serve(request, reply);
}

/** What this process has open itself has to be there, and to lead where it led. */
function checkDescriptors(before: Map<number, string>): void {
  for (const [fd, target] of before) {
    let now = 'closed';
    try {
      now = readlinkSync(`/proc/self/fd/${fd}`);
    } catch {}
    if (now !== target) fail(`descriptor ${fd} was ${target} and is ${now}`);
  }
}

const CHECKED_EVERY = 100;
const root = check(native.openat(AT_FDCWD, cstr(folder), O_RDONLY, 0), 'open', folder);
const before = descriptors();
for (let index = 1; index <= Number(requests); index++) {
  current = { index, mutated: mutate(random, { nodes, handles }) };
  if (told === String(index)) writeSync(1, `${current.mutated.name} ${current.mutated.bytes.toString('hex')}\n`);
  ask(current.mutated);
  if (index % CHECKED_EVERY === 0) {
    checkDescriptors(before);
    // Where nothing may be changed any more, nothing more would be found.
    native.ioctl(root, FS_IOC_SETFLAGS, Buffer.alloc(8));
  }
}
const summary = [...counts].sort(([, one], [, other]) => other - one).map(([what, times]) => `${what} ${times}`);
writeSync(1, `${requests} requests, ${faults} refused as malformed: ${summary.join(', ')}\n`);
process.exit(0);

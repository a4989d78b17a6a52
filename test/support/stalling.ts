/**
 * A program for tests: `node stalling.js <folder> <mountpoint>` mounts a folder so that what is asked of files whose name begins with `slow`
 * (fsync and unlink) is not answered, as on a broken disk. Says `ready` when it is mounted, and `stalled` for each such request. A look for the
 * name `release` lets all that are stalled go on. It ends when it is unmounted.
 */
import { writeSync } from 'node:fs';
import { whereabouts } from '../../src/filesystem/nodes/where.js';
import {
  Dispatcher,
  FUSE_OVER_IO_URING,
  FUSE_PASSTHROUGH,
  type Handler,
  honoured,
  Leadership,
  mountFuse,
  noReply,
  openSession,
  Reply,
  Request,
  Session,
} from '../../src/fuse/index.js';
import { native } from '../../src/syscalls/index.js';
import { assembleOver, handlersOf } from './unmounted.js';

const [folder = '', mountpoint = ''] = process.argv.slice(2);
const NO_TIMEOUTS = { entry: 0, attr: 0 };
const SLOW = Buffer.from('slow');

const mount = { mountpoint, source: folder, subtype: 'stalling', flags: 0, allowOther: true };
const device = await mountFuse(mount, true);
openSession(device, honoured & ~(FUSE_PASSTHROUGH | FUSE_OVER_IO_URING));
const assembled = assembleOver(folder, { device, privileged: true, uuid: '00000000-0000-0000-0000-000000000000' });
// The marks of the filesystem above are nothing special here.
const hidden = { isEntry: () => false, isXattr: () => false } as unknown as typeof assembled.hidden;
const filesystem = { ...assembled, hidden };
const handlers = handlersOf(filesystem);

const stalled: { readonly bytes: Buffer; readonly handler: Handler }[] = [];

/** Keeps back what is asked of slow files. */
function stalling(handler: Handler, nameOf: (request: Request) => Buffer): Handler {
  return (request, reply) => {
    if (!nameOf(request).subarray(0, SLOW.length).equals(SLOW)) return handler(request, reply);
    stalled.push({ bytes: Buffer.from(request.bytes.subarray(0, request.bytes.readUInt32LE(0))), handler });
    say('stalled');
    return noReply;
  };
}

function release(): void {
  for (const { bytes, handler } of stalled.splice(0)) {
    const request = new Request(bytes.length);
    bytes.copy(request.bytes);
    request.accept(bytes.length);
    const reply = new Reply(4096, NO_TIMEOUTS);
    const length = reply.seal(handler(request, reply), request.uniqueLow, request.uniqueHigh);
    native.write(device, reply.bytes, length);
  }
}

/** At once, although this thread never comes back to its event loop. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

const firstName = (request: Request) => whereabouts(filesystem.table, request.nodeid)[0]?.name ?? Buffer.alloc(0);
const dispatcher = new Dispatcher(
  {
    ...handlers,
    FSYNC: stalling(handlers.FSYNC!, firstName),
    UNLINK: stalling(handlers.UNLINK!, (request) => request.entryName(0)),
    LOOKUP: (request, reply) => {
      if (request.entryName(0).equals(Buffer.from('release\0'))) release();
      return handlers.LOOKUP!(request, reply);
    },
  },
  (operation, error) => say(`fault ${operation} ${String(error)}`),
);
const leadership = new Leadership(new SharedArrayBuffer(Leadership.bytes), 1);
say('ready');
new Session(device, dispatcher, leadership, NO_TIMEOUTS, (what, error) => say(`fault ${what} ${String(error)}`)).run();
process.exit(0);

import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { EBADF, EINVAL, EPERM, type Native } from '../../../src/syscalls/index.js';
import { type Check, noFd } from './check.js';

const [PROT_READ, PROT_WRITE, MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS] = [1, 2, 1, 2, 0x20];
const IORING_FEAT_SINGLE_MMAP = 1;

/** A field of /proc/thread-self/status. */
const status = (field: string) =>
  readFileSync('/proc/thread-self/status', 'latin1').match(new RegExp(`^${field}:\\s*(.*)$`, 'm'))?.[1];

/** io_uring(7), memory, and where a thread runs. */
export const ringChecks = {
  io_uring_setup: ({ native }, is) => {
    is(native.io_uring_setup(0, Buffer.alloc(120)), -EINVAL, 'no entries');
    const params = Buffer.alloc(120);
    const fd = native.io_uring_setup(3, params);
    // Some systems allow no rings.
    if (fd === -EPERM) return;
    is([fd > 2, params.readUInt32LE(0), params.readUInt32LE(4)], [true, 4, 8], 'a ring, with entries rounded up');
    is(params.readUInt32LE(20) & IORING_FEAT_SINGLE_MMAP, IORING_FEAT_SINGLE_MMAP, 'both rings are mapped as one');
    is(native.close(fd), 0, 'it is a descriptor');
  },

  io_uring_enter: ({ native, open }, is) => {
    is(native.io_uring_enter(noFd, 0, 0, 0), -EBADF, 'no descriptor');
    is(native.io_uring_enter(open('file', 'r'), 0, 0, 0), -constants.errno.EOPNOTSUPP, 'what is no ring');
    const fd = native.io_uring_setup(1, Buffer.alloc(120));
    if (fd === -EPERM) return;
    is(native.io_uring_enter(fd, 0, 0, 0), 0, 'nothing to submit');
    native.close(fd);
  },

  mmap: ({ native, open }, is) => {
    const out = Buffer.alloc(8);
    const own = native.mmap(8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, out);
    is(own instanceof ArrayBuffer && own.byteLength, 8192, 'memory of its own');
    const bytes = new Uint8Array(own as ArrayBuffer);
    bytes[8191] = 7;
    is([bytes[0], bytes[8191]], [0, 7], 'is zeros, and can be written');
    is(out.readBigUInt64LE() % 4096n, 0n, 'its address begins a page');
    is(out.readBigUInt64LE() > 0n, true, 'its address');
    const file = native.mmap(4096, PROT_READ, MAP_SHARED, open('file', 'r'), 0, out);
    is(Buffer.from(file as ArrayBuffer, 0, 7).toString(), 'content', 'a file');
    is(native.mmap(0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, out), -EINVAL, 'no length');
    is(native.mmap(4096, PROT_READ, MAP_PRIVATE, noFd, 0, out), -EBADF, 'no descriptor');
  },

  sched_setaffinity: ({ native }, is) => {
    const before = status('Cpus_allowed') ?? '';
    const hex = before.replaceAll(',', '');
    const mask = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').reverse();
    const padded = Buffer.concat([mask, Buffer.alloc((8 - (mask.length % 8)) % 8)]);
    is(native.sched_setaffinity(Buffer.alloc(8)), -EINVAL, 'no processor');
    const one = Buffer.alloc(padded.length);
    const first = padded.findIndex((byte) => byte !== 0);
    one[first] = (padded[first] ?? 0) & -(padded[first] ?? 0);
    is(native.sched_setaffinity(one), 0, 'one processor');
    is(/^\d+$/.test(status('Cpus_allowed_list') ?? ''), true, 'is the only one that it may run on');
    is(native.sched_setaffinity(padded), 0, 'all that it had');
    is(status('Cpus_allowed'), before, 'are there again');
  },
} as const satisfies Partial<Record<keyof Native, Check>>;

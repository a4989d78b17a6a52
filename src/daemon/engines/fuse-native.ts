import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../../filesystem/callbacks/answer.js';
import { type Callbacks, callbacksOf } from '../../filesystem/callbacks/callbacks.js';
import { helperOptionsOf, type MountRequest } from '../../fuse/index.js';
import { EIO } from '../../syscalls/index.js';
import { UserError } from '../../volume/errors.js';
import { logFault } from '../log.js';
import type { Engine, Mounted } from './engine.js';
import { type FusePackage, loadPackage, type PackageOperation, type Signal } from './package.js';

/** The operations that the package is told of, before there is a filesystem to serve them. */
const operations: Readonly<Record<keyof Callbacks, true>> = {
  getattr: true,
  readdir: true,
  readlink: true,
  statfs: true,
  chmod: true,
  chown: true,
  truncate: true,
  utimens: true,
  getxattr: true,
  setxattr: true,
  listxattr: true,
  removexattr: true,
  mkdir: true,
  mknod: true,
  symlink: true,
  link: true,
  unlink: true,
  rmdir: true,
  rename: true,
  open: true,
  create: true,
  release: true,
  read: true,
  write: true,
  ftruncate: true,
  fsync: true,
  fsyncdir: true,
};

type Operation = keyof Callbacks;

/** The package keeps mountpoint and options in 1024 bytes each, and cuts what is longer. */
const mostBytes = 1023;
const pollMs = 20;

const note =
  'The package fuse-native has limits: what is made belongs to the daemon’s user, a time that is set comes out wrong ' +
  '(mtime as atime, milliseconds), ACLs are not enforced, names must be UTF-8, and there is no passthrough, fallocate, ' +
  'O_TMPFILE, renameat2 or chattr; native-notes/fuse-native.md has all of them';

/**
 * The second engine: libfuse 2 and the fuse-native package. libfuse reads the requests on threads of its own and has
 * them answered on the main thread, one after the other.
 */
export function loadFuseNative(): Engine {
  const served = new ServedCallbacks();
  const Package = loadPackage();
  return {
    notes: [note],
    mount: (request, privileged) => mount(Package, served, request, privileged),
    serve: async (_memory, { device }, filesystem) => {
      served.start(callbacksOf(filesystem));
      await endOf(device);
      return true;
    },
  };
}

/** Runs callbacks, each once: those that come early wait until there is a filesystem. */
class ServedCallbacks {
  #callbacks: Callbacks | undefined;
  #waiting: (() => void)[] = [];

  start(callbacks: Callbacks): void {
    this.#callbacks = callbacks;
    for (const run of this.#waiting) run();
    this.#waiting = [];
  }

  run(name: Operation, args: readonly unknown[], answered: (answer: Answer) => void): void {
    const callbacks = this.#callbacks;
    if (callbacks === undefined) this.#waiting.push(() => this.run(name, args, answered));
    else answered(answerOf(name, callbacks[name] as (...given: readonly unknown[]) => Answer, args));
  }
}

/** A callback that throws is a bug: that request fails, and the mount lives on. */
function answerOf(
  name: Operation,
  callback: (...args: readonly unknown[]) => Answer,
  args: readonly unknown[],
): Answer {
  try {
    return callback(...args);
  } catch (error) {
    logFault(name, error);
    return -EIO;
  }
}

async function mount(
  Package: FusePackage,
  served: ServedCallbacks,
  request: MountRequest,
  privileged: boolean,
): Promise<Mounted> {
  const options = `-o${libfuseOptions(request, privileged).join(',')}`;
  for (const text of [request.mountpoint, options])
    if (Buffer.byteLength(text) > mostBytes)
      throw new UserError(`the engine fuse-native takes no paths as long as "${text}"`);
  const mounted = new Package(request.mountpoint, operationsOf(served), { timeout: false });
  mounted._fuseOptions = () => options;
  // The package's own ones do not say how much room there is, and overrun it.
  mounted._op_getxattr = (signal, path, name, room) => intoRoom(served, signal, 'getxattr', [path, name], room);
  mounted._op_listxattr = (signal, path, room) => intoRoom(served, signal, 'listxattr', [path], room);
  await new Promise<void>((resolve, reject) => mounted.mount((error) => (error ? reject(error) : resolve())));
  return { device: openDevice(), passthrough: false, queues: 0 };
}

function operationsOf(served: ServedCallbacks): Record<string, PackageOperation> {
  const named = (Object.keys(operations) as Operation[]).map((name): [string, PackageOperation] => [
    name,
    (...args) => {
      const take = args.pop() as (...answer: unknown[]) => void;
      served.run(name, args, (answer) => (typeof answer === 'number' ? take(answer) : take(0, ...answer)));
    },
  ]);
  return Object.fromEntries(named);
}

function intoRoom(served: ServedCallbacks, signal: Signal, name: Operation, args: string[], room: Buffer): void {
  served.run(name, [...args, room], (length) => signal(length as number, room.buffer));
}

/**
 * libfuse's options. Attributes are not cached: it has an inode in the kernel for each name of a hard link, and the kernel
 * would append at the size that it knew under the other name.
 */
function libfuseOptions({ source, subtype, flags, allowOther }: MountRequest, privileged: boolean): string[] {
  const escaped = source.replace(/[\\,]/g, '\\$&');
  const options = [
    `fsname=${escaped}`,
    `subtype=${subtype}`,
    'default_permissions',
    'use_ino',
    'big_writes',
    'attr_timeout=0',
  ];
  if (allowOther) options.push('allow_other');
  // For root, libfuse begins with nosuid and nodev, and wants an empty mountpoint; what may be covered is checked already.
  if (privileged) options.push('suid', 'dev', 'nonempty');
  // It does not know nodiratime, which changes nothing in a FUSE mount.
  return [...options, ...helperOptionsOf(flags).filter((option) => option !== 'nodiratime')];
}

const devicePath = '/dev/fuse';

/** libfuse's descriptor of the device; it is the only one of this process. */
function openDevice(): number {
  const device = readdirSync('/proc/self/fd').map(Number).find(isDevice);
  if (device === undefined) throw new Error(`libfuse has no descriptor of ${devicePath} open`);
  return device;
}

function isDevice(fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === devicePath;
  } catch {
    return false;
  }
}

/** libfuse says nothing when it has been unmounted: it ends its threads, and then closes the device. */
async function endOf(device: number): Promise<void> {
  while (isDevice(device)) await delay(pollMs);
}

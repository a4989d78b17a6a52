import { spawn } from 'node:child_process';
import { AT_FDCWD, check, cstr, native, O_CLOEXEC, O_RDWR, S_IFDIR } from '../syscalls/index.js';
import { helperOptionsOf } from './mount-flags.js';

/** What to mount, and how. */
export interface MountRequest {
  readonly mountpoint: string;
  /** What the mount table shows as the source. */
  readonly source: string;
  /** Behind `fuse.` in the mount table. */
  readonly subtype: string;
  /** Of mount(2), see withMountOption; an ordinary user gets those that fusermount3 grants. */
  readonly flags: number;
  /** Every user may use the mount, not only the one who mounted it. */
  readonly allowOther: boolean;
}

/** Mounts and returns the descriptor of the FUSE device; as root by mount(2), otherwise through fusermount3(1). */
export async function mountFuse(request: MountRequest, privileged: boolean): Promise<number> {
  return privileged ? mountDirectly(request) : mountWithHelper(request);
}

function mountDirectly(request: MountRequest): number {
  const device = check(native.openat(AT_FDCWD, cstr('/dev/fuse'), O_RDWR | O_CLOEXEC, 0), 'open', '/dev/fuse');
  const options = [`fd=${device}`, `rootmode=${S_IFDIR.toString(8)}`, 'user_id=0', 'group_id=0', 'default_permissions'];
  if (request.allowOther) options.push('allow_other');
  const type = `fuse.${request.subtype}`;
  const result = native.mount(
    cstr(request.source),
    cstr(request.mountpoint),
    cstr(type),
    request.flags,
    cstr(options.join(',')),
  );
  if (result < 0) native.close(device);
  check(result, 'mount', request.mountpoint);
  return device;
}

/**
 * fusermount3 opens /dev/fuse and mounts with its owner's rights, then sends the descriptor over the socket that
 * _FUSE_COMMFD names (libfuse, lib/mount.c, is the other user of this protocol).
 */
async function mountWithHelper(request: MountRequest): Promise<number> {
  const sockets = Buffer.alloc(8);
  check(native.socketpair(sockets), 'socketpair', 'fusermount3');
  const [ours, theirs] = [sockets.readInt32LE(0), sockets.readInt32LE(4)];
  try {
    const failure = await fusermount(['-o', helperOptions(request), '--', request.mountpoint], theirs);
    if (failure !== undefined) throw new Error(failure);
    return receiveDevice(ours);
  } finally {
    native.close(ours);
  }
}

function helperOptions(request: MountRequest): string {
  // A comma or backslash in the source would end the option: fusermount3 takes them escaped.
  const source = request.source.replace(/[\\,]/g, '\\$&');
  const options = [
    `fsname=${source}`,
    `subtype=${request.subtype}`,
    'default_permissions',
    ...helperOptionsOf(request.flags),
  ];
  if (request.allowOther) options.push('allow_other');
  return options.join(',');
}

function receiveDevice(socket: number): number {
  const out = Buffer.alloc(4);
  const received = check(native.recvmsg_fd(socket, out), 'recvmsg', 'fusermount3');
  const device = out.readInt32LE(0);
  if (received === 0 || device < 0) throw new Error('fusermount3 sent no descriptor');
  return device;
}

/**
 * Runs fusermount3; returns what it complained of, or undefined when it succeeded. `socket` is handed over and closed
 * here.
 */
async function fusermount(args: string[], socket: number): Promise<string | undefined> {
  const env = { ...process.env, _FUSE_COMMFD: '3' };
  const child = spawn('fusermount3', args, { stdio: ['ignore', 'ignore', 'pipe', socket], env });
  native.close(socket);
  let complaint = '';
  child.stderr?.on('data', (part: Buffer) => {
    complaint += part.toString();
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(`fusermount3 cannot be run: ${error.message}`));
    child.on('close', (status) =>
      resolve(status === 0 ? undefined : complaint.trim() || `fusermount3 ended with ${status}`),
    );
  });
}

import fs from 'node:fs';
import { constants } from 'node:os';
import { setAttributeSync } from 'fs-xattr';
import type { Random } from './random.js';

const { ECANCELED, ECONNABORTED, ENOTCONN } = constants.errno;

/** The daemon was killed, or unmounted; a request that it had not yet taken from its ring is ECANCELED. */
const DEAD = new Set([ENOTCONN, ECONNABORTED, ECANCELED]);

/** Whether an error says that there is no mount any more. By number: fs-xattr names no code, and Node's are negative. */
export function isDead(error: unknown): boolean {
  return DEAD.has(Math.abs((error as NodeJS.ErrnoException).errno ?? 0));
}

export interface Names {
  /** Few, so that operations meet the same objects again and again. Names are bytes: each character is one. */
  readonly names: readonly string[];
  readonly maxDepth: number;
  readonly maxBytes: number;
}

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;
/** How far behind its data a file goes on, for a hole. */
const HOLE_BYTES = 1 << 21;

/** Everything that changes a tree, at random; an operation throws what the filesystem answers. */
export class Changes {
  readonly operations: readonly (() => void)[];

  constructor(
    private readonly root: string,
    private readonly random: Random,
    private readonly names: Names,
  ) {
    const place = () => this.place();
    const { below, once } = {
      below: (limit: number) => random.below(limit),
      once: (times: number) => random.once(times),
    };
    const rename = () => fs.renameSync(place(), place());
    const link = () => fs.linkSync(place(), place());
    this.operations = [
      () => fs.mkdirSync(place()),
      () => fs.mkdirSync(place(), { recursive: true }),
      () => fs.writeFileSync(place(), this.bytes()),
      () => fs.writeFileSync(place(), this.bytes(), { flag: 'wx' }),
      () => fs.appendFileSync(place(), this.bytes()),
      () => this.#overwrite(),
      () => this.#leaveHole(),
      () => fs.truncateSync(place(), below(names.maxBytes * 3)),
      ...[rename, rename, rename, link, link],
      () => fs.symlinkSync(random.of(names.names), place()),
      () => fs.chmodSync(place(), 0o700 + below(0o100)),
      () => fs.lchownSync(place(), below(3), below(3)),
      () => fs.utimesSync(place(), below(2 ** 31), below(2 ** 31) + 0.5),
      () => this.#setXattr('user.colour', this.bytes().subarray(0, 40)),
      () => this.#setXattr(random.of(ACLS), acl(below(8), 1 + below(3))),
      () => fs.unlinkSync(place()),
      () => fs.rmdirSync(place()),
      () => fs.rmSync(place(), { recursive: once(4) }),
    ];
  }

  /** A path at random; perhaps nothing is there. */
  place(): Buffer {
    const { names, maxDepth } = this.names;
    const path = Array.from({ length: 1 + this.random.below(maxDepth) }, () => this.random.of(names));
    return Buffer.concat([Buffer.from(`${this.root}/`), Buffer.from(path.join('/'), 'latin1')]);
  }

  bytes(): Buffer {
    return Buffer.alloc(1 + this.random.below(this.names.maxBytes), this.random.of(this.names.names), 'latin1');
  }

  #overwrite(): void {
    const file = fs.openSync(this.place(), 'r+');
    try {
      fs.writeSync(file, this.bytes(), 0, undefined, this.random.below(this.names.maxBytes));
    } finally {
      fs.closeSync(file);
    }
  }

  #leaveHole(): void {
    const file = fs.openSync(this.place(), 'w');
    try {
      fs.writeSync(file, this.bytes(), 0, undefined, this.random.below(2) * HOLE_BYTES);
      if (this.random.once(2)) fs.ftruncateSync(file, 2 * HOLE_BYTES);
    } finally {
      fs.closeSync(file);
    }
  }

  #setXattr(name: string, value: Buffer): void {
    const file = fs.openSync(this.place(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    try {
      setAttributeSync(`/proc/self/fd/${file}`, name, value);
    } finally {
      fs.closeSync(file);
    }
  }
}

const ACLS = ['system.posix_acl_access', 'system.posix_acl_default'];
const NO_ID = 0xffffffff;

/** An ACL as the kernel takes it (posix_acl_xattr.h): these permissions for group, others and one more user; all for the owner, as modes have. */
function acl(permissions: number, user: number): Buffer {
  const entries = [
    [0x01, 7, NO_ID],
    [0x02, permissions, user],
    [0x04, permissions, NO_ID],
    [0x10, 7, NO_ID],
    [0x20, permissions, NO_ID],
  ] as const;
  const bytes = Buffer.alloc(4 + entries.length * 8);
  bytes.writeUInt32LE(2, 0);
  for (const [index, [tag, perm, id]] of entries.entries()) {
    const at = 4 + index * 8;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(perm, at + 2);
    bytes.writeUInt32LE(id, at + 4);
  }
  return bytes;
}

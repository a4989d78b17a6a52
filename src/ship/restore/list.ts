import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { KeptObject } from '../../slave/archive.js';
import { type BytePath, join, parentOf, readable, toBytes } from '../../slave/path.js';
import { errorCause, UserError } from '../../volume/errors.js';

/** What rsync is to bring back, as it reads lists: a file without a name, since there may be more than memory should hold. */
export class RestoreList {
  readonly #fd: number;
  #objects = 0;
  #hasHoles = false;

  /** `top`: what is brought back, and all else lies below it. */
  constructor(private readonly top: BytePath) {
    const file = path.join(os.tmpdir(), `markerfs-restore-${randomUUID()}`);
    this.#fd = this.#attempt(() => fs.openSync(file, 'wx+', 0o600));
    fs.unlinkSync(file);
  }

  /** What it can be read by, until it is closed. */
  get file(): string {
    return `/proc/self/fd/${this.#fd}`;
  }

  get objects(): number {
    return this.#objects;
  }

  /** Whether one of them has holes: rsync has to look for what is not there. */
  get hasHoles(): boolean {
    return this.#hasHoles;
  }

  add(part: readonly KeptObject[]): void {
    const text = toBytes(part.map(({ folder, path }) => `${entry(folder, this.top, path)}\0`).join(''));
    this.#attempt(() => fs.writeFileSync(this.#fd, text));
    this.#objects += part.length;
    this.#hasHoles ||= part.some(({ hasHoles }) => hasHoles);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  #attempt<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      const where = `cannot write a list in "${os.tmpdir()}"`;
      throw new UserError(`Cannot restore "${readable(this.top)}": ${where}: ${errorCause(error)}`);
    }
  }
}

/** A path as rsync's list takes it; what stands before `/./` is not made in the destination. */
function entry(folder: BytePath, top: BytePath, path: BytePath): BytePath {
  const above = join(folder, parentOf(top)).replace(/\/$/, '');
  const below = parentOf(top) === '' ? path : path.slice(parentOf(top).length + 1);
  return above === '' ? `/${below}` : `/${above}/./${below}`;
}

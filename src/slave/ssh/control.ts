import fs from 'node:fs';
import path from 'node:path';
import { makeTemporary } from '../../volume/temporary.js';

/**
 * Where the connections to a host become one (ssh_config(5), ControlPath). The socket is in a folder of its own, which
 * nobody else can enter, with a short path wherever the state folder may be: the kernel takes 108 bytes.
 */
export class ControlSocket {
  #folder: string | undefined;

  /** Its path; the folder is made where it is not there. UserError where it cannot be. */
  open(): string {
    this.#folder ??= makeTemporary('markerfs-ssh-');
    return path.join(this.#folder, 'c');
  }

  close(): void {
    if (this.#folder !== undefined) fs.rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }
}

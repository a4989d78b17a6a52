import fs from 'node:fs';
import path from 'node:path';
import { createFile } from '../volume/atomic.js';
import { causeAndCure, errorCode, UserError } from '../volume/errors.js';

/** Name of the slave's state folder at its root. */
export const SLAVE_STATE = '.markerfs-slave';

/** Whose copy a directory is. */
export interface Identity {
  readonly format: 1;
  readonly volume: string;
  readonly slave: string;
  readonly name: string;
  readonly createdUs: number;
}

/** A directory is not, or cannot be shown to be, the copy that it should be. Nothing in it has been touched. */
export class SlaveRefused extends UserError {
  override name = 'SlaveRefused';
}

const fileOf = (target: string): string => path.join(target, SLAVE_STATE, 'identity.json');

/** The identity of a directory; undefined where it has none. */
export function readIdentity(target: string): Identity | undefined {
  let text: string;
  try {
    text = fs.readFileSync(fileOf(target), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new SlaveRefused(
      `Cannot use slave directory "${target}": cannot read "${fileOf(target)}": ${causeAndCure(error)}`,
    );
  }
  const identity = parseIdentity(text);
  if (identity) return identity;
  throw new SlaveRefused(
    `Cannot use slave directory "${target}": "${fileOf(target)}" is damaged or of a newer markerfs; use that one, or remove the slave, delete the file, and add the slave again with --adopt`,
  );
}

/** The identity in a file's text; undefined where it is damaged or of a newer markerfs. */
export function parseIdentity(text: string): Identity | undefined {
  try {
    const identity = JSON.parse(text) as Identity;
    return identity.format === 1 && identity.volume && identity.slave ? identity : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the state folder with an identity in it. */
export function writeIdentity(target: string, identity: Identity): void {
  fs.mkdirSync(path.join(target, SLAVE_STATE), { mode: 0o700, recursive: true });
  fs.rmSync(fileOf(target), { force: true });
  createFile(fileOf(target), `${JSON.stringify(identity, undefined, 2)}\n`);
}

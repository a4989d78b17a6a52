import type { KeptVersion } from '../archive.js';
import type { Terms } from '../digest/row.js';
import type { Identity } from '../identity.js';
import { type BytePath, isState, namesOf, readable } from '../path.js';
import type { Claim, OwnPlaces, TakeOptions } from '../place.js';
import type { ObjectId, SyncPoint } from '../slave.js';
import { ProtocolError } from './frames.js';

/** What the other side sends is looked at before it is used: whoever holds the key may send anything. */

/** A path below the root: bytes, and no name that leads elsewhere. Throws ProtocolError. */
export function checkPath(value: unknown): BytePath {
  const path = text(value);
  if (path.length > 0 && !namesOf(path).every(isName)) throw wrong('path', path);
  return path;
}

/** A name in a directory. Throws ProtocolError. */
export function checkName(value: unknown): BytePath {
  const name = text(value);
  if (!isName(name) || name.includes('/')) throw wrong('name', name);
  return name;
}

/** A path of what belongs to the copy, not to its state. Throws ProtocolError. */
export function checkContent(value: unknown): BytePath {
  const path = checkPath(value);
  if (path === '' || isState(path)) throw wrong('path', path);
  return path;
}

/** One character a byte, or Tree would cut them to other names than were looked at here. */
function isName(name: BytePath): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all bytes but NUL are those of names.
  return name !== '' && name !== '.' && name !== '..' && /^[\x01-\xff]*$/.test(name);
}

export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw wrong('text', value);
}

/** A whole number that is not negative. */
export function whole(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw wrong('number', value);
}

export function checkObjectId(value: unknown): ObjectId {
  if (typeof value === 'string' && /^\d{1,20}:\d{1,20}$/.test(value)) return value as ObjectId;
  throw wrong('object', value);
}

export function checkIdentity({ volume, slave, name, createdUs }: Identity): Identity {
  return { format: 1, volume: text(volume), slave: text(slave), name: text(name), createdUs: whole(createdUs) };
}

export function checkClaim({ volume, slave }: Claim): Claim {
  return { volume: text(volume), slave: text(slave) };
}

export function checkOwn({ machine, paths }: OwnPlaces): OwnPlaces {
  return { machine: text(machine), paths: paths.map(text) };
}

export function checkTakeOptions({ adopt, siblings }: TakeOptions): TakeOptions {
  return { adopt: adopt === true, siblings: siblings.map(({ id, name }) => ({ id: text(id), name: text(name) })) };
}

export function checkSyncPoint({ stimeUs, position, journalId, settled }: SyncPoint): SyncPoint {
  return {
    stimeUs: whole(stimeUs),
    position: whole(position),
    journalId: journalId === null ? null : text(journalId),
    settled: settled === null ? null : whole(settled),
  };
}

export function checkTerms({ privileged, share, seed }: Terms): Terms {
  if (typeof share !== 'number') throw wrong('share', share);
  return { privileged: privileged === true, share, seed: text(seed) };
}

export function checkVersion({ sinceUs, untilUs, kind, bytes, modifiedUs }: KeptVersion): KeptVersion {
  return {
    sinceUs: sinceUs === null ? null : number(sinceUs),
    untilUs: untilUs === null ? null : number(untilUs),
    kind: number(kind),
    bytes: number(bytes),
    modifiedUs: number(modifiedUs),
  };
}

function number(value: unknown): number {
  if (Number.isFinite(value)) return value as number;
  throw wrong('number', value);
}

function wrong(what: string, value: unknown): ProtocolError {
  const shown = typeof value === 'string' ? readable(value) : value;
  return new ProtocolError(`Cannot take ${JSON.stringify(shown)} for a ${what}`);
}

import fs from 'node:fs';
import type { Archive, KeptVersion } from '../slave/archive.js';
import { readIdentity, SlaveRefused } from '../slave/identity.js';
import { LocalPlace } from '../slave/local/place.js';
import { type BytePath, fromBytes, isState, nameOf, namesOf, readable, toBytes } from '../slave/path.js';
import { type Claim, type KeepingPlace, Unfit } from '../slave/place.js';
import { keepingPlaceOf } from '../slave/places.js';
import { parseTarget } from '../slave/target.js';
import { UserError } from '../volume/errors.js';
import { markerfsMountsOf } from '../volume/mounts.js';
import type { SlaveSettings } from '../volume/slave-settings.js';
import type { SlaveRecord } from '../volume/slaves.js';
import { State } from '../volume/state.js';
import { openVolume, type Volume } from '../volume/volume.js';
import { fetch } from './restore/fetch.js';
import { RestoreList } from './restore/list.js';

/** A copy whose old versions can be looked at. */
export interface Copy {
  readonly name: string;
  /** Undefined where it is on another machine. */
  readonly directory: string | undefined;
  readonly claim: Claim;
  readonly settings: SlaveSettings;
  place(): Promise<KeepingPlace>;
}

/** Where old versions are looked for. */
export interface Kept {
  /** Undefined where a copy itself was given, on a machine that may not have the volume. */
  readonly volume: Volume | undefined;
  readonly copies: readonly Copy[];
  /** Slaves that keep none: only rsync reaches them. */
  readonly without: readonly string[];
}

/** The copies of a volume, or the one that a directory is. UserError where there is neither. */
export function findCopies(source: string, { stateDir, slave }: { stateDir?: string; slave?: string } = {}): Kept {
  const identity = fs.existsSync(source) ? readIdentity(fs.realpathSync(source)) : undefined;
  if (identity) {
    const directory = fs.realpathSync(source);
    const place = async () => new LocalPlace(directory);
    const copy = { name: identity.name, directory, claim: identity, settings: {}, place };
    return { volume: undefined, copies: [copy], without: [] };
  }
  const volume = openVolume(source, stateDir);
  const state = State.open(volume);
  try {
    const slaves = slave === undefined ? state.slaves.list() : [state.slaves.need(slave)];
    const found = slaves.map((record) => ({ name: record.name, copy: copyOf(volume, record) }));
    return {
      volume,
      copies: found.flatMap(({ copy }) => copy ?? []),
      without: found.flatMap(({ name, copy }) => (copy ? [] : name)),
    };
  } finally {
    state.close();
  }
}

function copyOf(volume: Volume, record: SlaveRecord): Copy | undefined {
  const place = keepingPlaceOf(record);
  const parsed = parseTarget(record.target);
  const { name, id, settings } = record;
  const directory = parsed.kind === 'local' ? parsed.directory : undefined;
  return place && { name, directory, claim: { volume: volume.uuid, slave: id }, settings, place };
}

/** A path of the copy that was typed: from the root of the volume, or as it is in the source or the mount. UserError. */
export function pathInCopy({ volume, copies }: Kept, typed: Uint8Array): BytePath {
  const text = fromBytes(typed);
  const roots = [
    ...(volume ? [volume.source, ...markerfsMountsOf(volume.source).map(({ mountpoint }) => mountpoint)] : []),
    ...copies.flatMap(({ directory }) => directory ?? []),
  ].map((root) => fromBytes(Buffer.from(root)));
  const root = roots.find((one) => text === one || text.startsWith(`${one}/`));
  const names = namesOf(root === undefined ? text : text.slice(root.length)).filter(
    (name) => name !== '' && name !== '.',
  );
  const found = names.join('/');
  if ((root === undefined && text.startsWith('/')) || names.includes('..') || isState(found))
    throw new UserError(`Cannot look for "${readable(text)}": it is no path of the volume`, 2);
  return found;
}

/** A version of a path, as it is listed. */
export interface ListedVersion extends KeptVersion {
  readonly slave: string;
}

/** All versions of a path in a copy, the oldest first. UserError where the copy cannot be looked at. */
export function listVersions(copy: Copy, at: BytePath): Promise<ListedVersion[]> {
  return lookInto(copy, async (archive) =>
    (await archive.versions(at)).map((version) => ({ slave: copy.name, ...version })),
  );
}

/**
 * Copies what was at a path at a time, with all below it, into a directory, under its own name; answers how many objects that were. Nothing that is
 * there is written over: UserError, with nothing done, where there is something of that name, or nothing was at the path.
 */
export async function restore(copy: Copy, at: BytePath, timeUs: number, into: string): Promise<number> {
  if (at === '') throw new UserError('Cannot restore the whole volume: give a path in it', 2);
  const place = Buffer.concat([Buffer.from(`${into}/`), toBytes(nameOf(at))]);
  if (fs.lstatSync(place, { throwIfNoEntry: false }))
    throw new UserError(
      `Cannot restore "${readable(at)}": "${place}" is there, and is not written over; move it away, or give --to another directory`,
    );
  return lookInto(copy, async (archive) => {
    const list = new RestoreList(at);
    try {
      for await (const part of archive.below(at, timeUs)) list.add(part);
      if (list.objects === 0)
        throw new UserError(
          `Cannot restore "${readable(at)}": nothing was there at that time; markerfs versions tells what is kept`,
        );
      const reason = await fetch(archive.rsync, list, into, copy.settings);
      if (reason !== undefined) throw new UserError(`Cannot restore "${readable(at)}" to "${into}": rsync: ${reason}`);
      return list.objects;
    } finally {
      list.close();
    }
  });
}

async function lookInto<T>({ name, claim, place: placeOf }: Copy, work: (archive: Archive) => Promise<T>): Promise<T> {
  const place = await placeOf();
  let archive: Archive | undefined;
  try {
    archive = await place.look(claim);
    return await work(archive);
  } catch (error) {
    if (!(error instanceof Unfit || error instanceof SlaveRefused)) throw error;
    throw new UserError(`Cannot look for old versions at slave "${name}": ${error.message}`);
  } finally {
    archive?.close();
    place.close();
  }
}

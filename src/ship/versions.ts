import fs from 'node:fs';
import path from 'node:path';
import { readIdentity } from '../slave/identity.js';
import { Versions } from '../slave/local/versions/find.js';
import {
  type BytePath,
  fromBytes,
  isState,
  join,
  nameOf,
  namesOf,
  parentOf,
  readable,
  toBytes,
} from '../slave/path.js';
import { execRsync } from '../slave/rsync/run.js';
import { parseTarget } from '../slave/target.js';
import { Tree } from '../slave/tree.js';
import { UserError } from '../volume/errors.js';
import { markerfsMountsOf } from '../volume/mounts.js';
import { State } from '../volume/state.js';
import { isRoot } from '../volume/user.js';
import { openVolume, type Volume } from '../volume/volume.js';
import { commonArguments } from './transfer/run.js';

/** Old versions that can be looked at: a copy in a directory of this machine. */
export interface Copy {
  readonly name: string;
  readonly directory: string;
}

/** Where old versions are looked for. */
export interface Kept {
  /** Undefined where a copy itself was given, on a machine that may not have the volume. */
  readonly volume: Volume | undefined;
  readonly copies: readonly Copy[];
  /** Slaves on other machines: their versions are looked at there. */
  readonly elsewhere: readonly string[];
}

/** The copies of a volume, or the one that a directory is. UserError where there is none here. */
export function findCopies(source: string, { stateDir, slave }: { stateDir?: string; slave?: string } = {}): Kept {
  const identity = fs.existsSync(source) ? readIdentity(fs.realpathSync(source)) : undefined;
  if (identity) {
    const copy = { name: identity.name, directory: fs.realpathSync(source) };
    return { volume: undefined, copies: [copy], elsewhere: [] };
  }
  const volume = openVolume(source, stateDir);
  const state = State.open(volume);
  try {
    const slaves = slave === undefined ? state.slaves.list() : [state.slaves.need(slave)];
    const found = slaves.map(({ name, target }) => ({ name, target, parsed: parseTarget(target) }));
    return {
      volume,
      copies: found.flatMap(({ name, parsed }) =>
        parsed.kind === 'local' ? [{ name, directory: parsed.directory }] : [],
      ),
      elsewhere: found.filter(({ parsed }) => parsed.kind !== 'local').map(({ name }) => name),
    };
  } finally {
    state.close();
  }
}

/** A path of the copy that was typed: from the root of the volume, or as it is in the source or the mount. UserError. */
export function pathInCopy({ volume, copies }: Kept, typed: Uint8Array): BytePath {
  const text = fromBytes(typed);
  const roots = [
    ...(volume ? [volume.source, ...markerfsMountsOf(volume.source).map(({ mountpoint }) => mountpoint)] : []),
    ...copies.map(({ directory }) => directory),
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
export interface ListedVersion {
  readonly slave: string;
  /** µs since 1970; null where it is not known. */
  readonly sinceUs: number | null;
  /** Null: it is there now. */
  readonly untilUs: number | null;
  readonly kind: number;
  readonly bytes: number;
  readonly modifiedUs: number;
}

/** All versions of a path in a copy, the oldest first. */
export function listVersions({ name, directory }: Copy, at: BytePath): ListedVersion[] {
  const tree = Tree.open(directory);
  try {
    return [...new Versions(tree).of(at)].map(({ sinceUs, untilUs, stat }) => ({
      slave: name,
      sinceUs: sinceUs || null,
      untilUs: Number.isFinite(untilUs) ? untilUs : null,
      kind: stat.kind,
      bytes: Number(stat.size),
      modifiedUs: Number(stat.mtimeSec) * 1e6 + Math.floor(stat.mtimeNsec / 1000),
    }));
  } finally {
    tree.close();
  }
}

/**
 * Copies what was at a path at a time, with all below it, into a directory, under its own name; answers how many objects that were. Nothing that is
 * there is written over: UserError, with nothing done, where there is something of that name, or nothing was at the path.
 */
export async function restore({ directory }: Copy, at: BytePath, timeUs: number, into: string): Promise<number> {
  if (at === '') throw new UserError('Cannot restore the whole volume: give a path in it', 2);
  const place = Buffer.concat([Buffer.from(`${into}/`), toBytes(nameOf(at))]);
  if (fs.lstatSync(place, { throwIfNoEntry: false }))
    throw new UserError(
      `Cannot restore "${readable(at)}": "${place}" is there, and is not written over; move it away, or give --to another directory`,
    );
  const tree = Tree.open(directory);
  let list: BytePath[];
  try {
    list = [...new Versions(tree).below(at, timeUs)].map(({ path: found, version }) =>
      entry(version.folder, at, found),
    );
  } finally {
    tree.close();
  }
  if (list.length === 0)
    throw new UserError(
      `Cannot restore "${readable(at)}": nothing was there at that time; markerfs versions tells what is kept`,
    );
  const flags = ['--no-implied-dirs', '--ignore-existing', '--from0', '--files-from=-'];
  const args = [...commonArguments(isRoot()), ...flags, `${directory}/`, `${path.resolve(into)}/`];
  const input = toBytes(list.map((one) => `${one}\0`).join(''));
  const { status, reason } = await execRsync(args, { env: {} }, { input, patienceMs: PATIENCE_MS });
  if (status !== 0) throw new UserError(`Cannot restore "${readable(at)}" to "${into}": rsync: ${reason}`);
  return list.length;
}

const PATIENCE_MS = 300_000;

/** A path as rsync's list takes it; what stands before `/./` is not made in the destination. */
function entry(folder: BytePath, top: BytePath, path: BytePath): BytePath {
  const above = join(folder, parentOf(top)).replace(/\/$/, '');
  const below = parentOf(top) === '' ? path : path.slice(parentOf(top).length + 1);
  return above === '' ? `/${below}` : `/${above}/./${below}`;
}

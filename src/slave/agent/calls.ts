import type { KeptVersion } from '../archive.js';
import type { Row, Terms } from '../digest/row.js';
import type { Identity } from '../identity.js';
import type { BytePath } from '../path.js';
import type { Claim, OwnPlaces, TakeOptions } from '../place.js';
import type { DescribedSlave, DirectoryTime, Entry, Failure, MoveResult, ObjectId, SyncPoint } from '../slave.js';

/** The version of the protocol: both sides must have the same one. */
export const PROTOCOL = 4;

/** By this name rsync reads the copy of an agent: the module of its daemon, see rsync-source.ts. */
export const MODULE = 'copy';

/** What the agent says first. */
export interface Hello {
  readonly protocol: number;
  /** markerfs's version. */
  readonly version: string;
  /** The real path of the directory that it serves. */
  readonly root: string;
  /** See {@link DescribedSlave.privileged}. */
  readonly privileged: boolean;
}

/**
 * What can be asked of an agent: Place's and Slave's questions, `ask` and `answer` of each. Between `open` and `close`
 * one slave is open; between `look` and `lookAway`, which are apart from that, old versions can be asked for. Paths are bytes, a character each; 64-bit numbers are strings of digits.
 */
export interface Calls {
  take: { ask: Value<{ identity: Identity; own: OwnPlaces; options: TakeOptions }>; answer: Value<string> };
  leave: { ask: Value<Claim>; answer: Nothing };
  open: { ask: Value<{ name: string; claim: Claim; own: OwnPlaces }>; answer: Nothing };
  close: { ask: Nothing; answer: Nothing };
  stat: { ask: List<BytePath>; answer: List<EntryRow | null> };
  /** `value`: whether there is a directory. */
  list: { ask: Value<BytePath>; answer: Value<boolean> & List<BytePath> };
  remove: { ask: Value<BytePath>; answer: Value<Failure | null> };
  linkedBelow: { ask: Value<BytePath>; answer: List<[ObjectId, here: number, all: number]> };
  findNames: { ask: List<ObjectId>; answer: List<BytePath> };
  /** The manifest as text, in pieces; none where there is no manifest. */
  readManifest: { ask: Nothing; answer: List<string> };
  writeManifest: { ask: List<string>; answer: Nothing };
  takeAway: { ask: Value<MoveRow>; answer: Value<MoveResult> };
  putBack: { ask: Value<MoveRow>; answer: Value<MoveResult> };
  dropAway: { ask: Nothing; answer: Nothing };
  keepVersions: { ask: Value<number>; answer: Nothing };
  keepCopies: { ask: List<BytePath>; answer: List<Failure> };
  thinVersions: { ask: Value<readonly [keepUs: number, nowUs: number]>; answer: Nothing };
  digest: { ask: Value<Terms> & List<BytePath>; answer: List<string | null> };
  describe: { ask: Value<{ directory: BytePath; terms: Terms }>; answer: List<Row> };
  setTimes: { ask: List<TimeRow>; answer: List<Failure> };
  flush: { ask: Nothing; answer: Nothing };
  readSyncPoint: { ask: Nothing; answer: Value<SyncPoint | null> };
  writeSyncPoint: { ask: Value<SyncPoint>; answer: Nothing };
  /** `nowUs`: what the asking side's clock says. */
  look: { ask: Value<{ claim: Claim; nowUs: number }>; answer: Nothing };
  lookAway: { ask: Nothing; answer: Nothing };
  versions: { ask: Value<BytePath>; answer: List<KeptVersion> };
  /** The first part of what was at and below a path at a time; null: the next part. Nothing: that was all. */
  keptBelow: { ask: Value<readonly [path: BytePath, timeUs: number] | null>; answer: List<KeptRow> };
}

export type CallName = keyof Calls;

interface Value<T> {
  readonly value: T;
}

interface List<T> {
  readonly list: readonly T[];
}

type Nothing = Record<never, never>;

export type MoveRow = readonly [id: number, from: BytePath, to: BytePath];

export type KeptRow = readonly [path: BytePath, folder: BytePath, hasHoles: boolean];

export type EntryRow = readonly [
  kind: number,
  size: string,
  mtimeSec: string,
  mtimeNsec: number,
  nlink: number,
  dev: number,
  ino: string,
  hasHoles: boolean,
];

export function entryRow({ kind, size, mtimeSec, mtimeNsec, nlink, dev, ino, hasHoles }: Entry): EntryRow {
  return [kind, String(size), String(mtimeSec), mtimeNsec, nlink, dev, String(ino), hasHoles];
}

export function rowEntry([kind, size, mtimeSec, mtimeNsec, nlink, dev, ino, hasHoles]: EntryRow): Entry {
  return { kind, size: BigInt(size), mtimeSec: BigInt(mtimeSec), mtimeNsec, nlink, dev, ino: BigInt(ino), hasHoles };
}

export type TimeRow = readonly [path: BytePath, mtimeSec: string, mtimeNsec: number];

export function timeRow({ path, mtimeSec, mtimeNsec }: DirectoryTime): TimeRow {
  return [path, String(mtimeSec), mtimeNsec];
}

export function rowTime([path, mtimeSec, mtimeNsec]: TimeRow): DirectoryTime {
  return { path, mtimeSec: BigInt(mtimeSec), mtimeNsec };
}

/** Characters of the manifest's text in one piece. */
const PIECE = 64 << 10;

export function piecesOf(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / PIECE) }, (_, at) => text.slice(at * PIECE, (at + 1) * PIECE));
}

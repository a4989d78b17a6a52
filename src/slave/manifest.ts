import { SLAVE_STATE } from './identity.js';
import { type BytePath, fromBytes, toBytes } from './path.js';

export interface Move {
  readonly from: BytePath;
  readonly to: BytePath;
}

/** From what state of the slave a pass began: a manifest of another one is of a pass that was completed. */
export interface Base {
  readonly journalId: string | null;
  readonly position: number;
  readonly stimeUs: number;
}

/**
 * What a pass has done, or is about to do, that a later pass could not find out if this one is cut: written before it
 * is done. It is dropped when the pass is complete.
 */
export interface Manifest {
  readonly base: Base;
  /** The renames up to this record are replayed when `stage` is `done`. */
  readonly head: number;
  /** `away`: objects are being taken to the state folder; `back`: they are being put to their new places; `done`. */
  readonly stage: 'away' | 'back' | 'done';
  readonly moves: readonly Move[];
  /** Paths, as of `head`, below which the slave may lack anything. */
  readonly lost: readonly BytePath[];
  /** Objects on the slave whose content may be old under names that nothing else tells: device and inode. */
  readonly stale: readonly string[];
}

/** The folder, below the slave's state folder, where objects are between the two halves of a move. */
export const MOVING = 'moving';

/** Where the object of a move is between its two halves, which is its number in the manifest; it can be looked at there. */
export const awayAt = (id: number): BytePath => `${SLAVE_STATE}/${MOVING}/${id}`;

const FORMAT = 1;

const encode = (path: BytePath): string => toBytes(path).toString('base64');
const decode = (text: string): BytePath => fromBytes(Buffer.from(text, 'base64'));

/** The manifest as text; paths in base64, for they are bytes. */
export function formatManifest(manifest: Manifest): string {
  const moves = manifest.moves.map(({ from, to }) => [encode(from), encode(to)]);
  return `${JSON.stringify({ format: FORMAT, ...manifest, moves, lost: manifest.lost.map(encode) })}\n`;
}

/** The inverse. Throws where a newer markerfs wrote it: what it holds must not be passed over. */
export function parseManifest(text: string): Manifest {
  const { format, moves, lost, ...rest } = JSON.parse(text) as Omit<Manifest, 'moves' | 'lost'> & {
    format: number;
    moves: [string, string][];
    lost: string[];
  };
  if (format !== FORMAT)
    throw new Error(`Cannot read the slave's manifest: format is ${format}, wanted ${FORMAT}; use a newer markerfs`);
  const moved = moves.map(([from, to]) => ({ from: decode(from), to: decode(to) }));
  return { ...rest, moves: moved, lost: lost.map(decode) };
}

export function sameBase(one: Base, other: Base): boolean {
  return one.journalId === other.journalId && one.position === other.position && one.stimeUs === other.stimeUs;
}

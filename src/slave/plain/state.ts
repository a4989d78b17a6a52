import fs from 'node:fs';
import path from 'node:path';
import { makeTemporary } from '../../volume/temporary.js';
import { type Identity, parseIdentity, SLAVE_STATE } from '../identity.js';
import { Unfit } from '../place.js';
import type { SyncPoint } from '../slave.js';
import type { Lack } from './lacks.js';
import type { Remote } from './remote.js';

/** Whose copy it is, and what was found out about the place when it was added: nothing there can be asked later. */
export interface PlainIdentity extends Identity {
  /** It held something before its first pass. */
  readonly adopted: boolean;
  readonly lacks: readonly Lack[];
}

/** What the state folder of a slave holds. */
export interface PlainState {
  readonly identity: PlainIdentity;
  readonly syncPoint?: SyncPoint | undefined;
}

/** Where rsync keeps files that are not complete yet, below the root of the slave. */
export const TEMPORARY = `${SLAVE_STATE}/tmp`;

/** Does some work in a private folder, which is removed afterwards. */
export async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeTemporary('markerfs-');
  try {
    return await work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What a slave says of itself; undefined where it says nothing. Throws Unfit where it cannot be understood, or not be reached. */
export async function fetchState(remote: Remote): Promise<PlainState | undefined> {
  return withScratch(async (folder) => {
    if (!(await remote.fetchState(`${folder}/`))) return undefined;
    const text = read(path.join(folder, 'identity.json'));
    if (text === undefined) return undefined;
    const identity = parseIdentity(text) as PlainIdentity | undefined;
    if (!identity) throw new Unfit(`"${remote.target}": its identity.json is damaged or of a newer markerfs`);
    return { identity, syncPoint: parseSyncPoint(read(path.join(folder, 'state.json'))) };
  });
}

/** One that is damaged is none: it is only to tell less. */
function parseSyncPoint(text: string | undefined): SyncPoint | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as SyncPoint);
  } catch {
    return undefined;
  }
}

/** Replaces a slave's state folder; what rsync left in it unfinished goes. Throws Unfit. */
export async function putState(remote: Remote, { identity, syncPoint }: PlainState): Promise<void> {
  await withScratch(async (folder) => {
    const state = path.join(folder, SLAVE_STATE);
    fs.mkdirSync(path.join(folder, TEMPORARY), { recursive: true, mode: 0o700 });
    const write = (name: string, value: object): void =>
      fs.writeFileSync(path.join(state, name), `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
    write('identity.json', identity);
    if (syncPoint) write('state.json', { format: 1, ...syncPoint });
    await remote.putState(state, identity.lacks.includes('fsync') ? [] : ['--fsync']);
  });
}

/** Empties a slave's state folder, and removes it where its rsync can. */
export async function dropState(remote: Remote): Promise<void> {
  await withScratch(async (folder) => {
    const state = path.join(folder, SLAVE_STATE);
    fs.mkdirSync(state, { mode: 0o700 });
    await remote.putState(state);
  });
}

function read(file: string): string | undefined {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}

import fs from 'node:fs';
import path from 'node:path';
import { errorCause } from '../../volume/errors.js';
import { isWithin } from '../../volume/paths.js';
import { type Identity, readIdentity, SLAVE_STATE, writeIdentity } from '../identity.js';
import { machineId } from '../machine.js';
import {
  type Claim,
  checkClaim,
  isClaimed,
  type OwnPlaces,
  type Place,
  refuseForeign,
  refuseFull,
  type TakeOptions,
  Unfit,
} from '../place.js';
import { LocalSlave } from './local.js';

/** A directory of this machine. */
export class LocalPlace implements Place {
  constructor(private readonly target: string) {}

  async take(identity: Identity, own: OwnPlaces, { adopt, siblings }: TakeOptions): Promise<string> {
    const directory = usableDirectory(this.target);
    refuseOverlap(directory, own);
    const found = readIdentity(directory);
    if (found) refuseForeign(quoted(directory), found, identity.volume, siblings);
    if (!adopt && holdsAnything(directory)) refuseFull(quoted(directory));
    writeIdentity(directory, identity);
    return directory;
  }

  async open(name: string, claim: Claim, own: OwnPlaces): Promise<LocalSlave> {
    return new LocalSlave(name, this.check(claim, own));
  }

  /** Whether it is this copy: its directory then. Throws Unfit, with nothing touched. */
  check(claim: Claim, own: OwnPlaces): string {
    const directory = usableDirectory(this.target);
    if (directory !== this.target) throw new Unfit(`"${this.target}" leads to "${directory}" now`);
    refuseOverlap(directory, own);
    const identity = readIdentity(directory);
    checkClaim(quoted(directory), identity, claim);
    return directory;
  }

  async leave(claim: Claim): Promise<void> {
    const directory = usableDirectory(this.target);
    const identity = readIdentity(directory);
    if (identity && isClaimed(identity, claim))
      fs.rmSync(path.join(directory, SLAVE_STATE), { recursive: true, force: true });
  }

  close(): void {}
}

/** The real path of a directory that this process may read and write. Throws Unfit. */
export function usableDirectory(target: string): string {
  let real: string;
  try {
    real = fs.realpathSync(target);
    if (fs.statSync(real).isDirectory()) {
      fs.accessSync(real, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
      return real;
    }
  } catch (error) {
    throw new Unfit(`cannot use directory "${target}": ${errorCause(error)}`);
  }
  throw new Unfit(`"${target}" is not a directory`);
}

function refuseOverlap(directory: string, own: OwnPlaces): void {
  if (own.machine !== machineId()) return;
  for (const place of own.paths) {
    if (isWithin(directory, place))
      throw new Unfit(`directory "${directory}" lies in "${place}"; choose one outside of the volume`);
    if (isWithin(place, directory))
      throw new Unfit(`directory "${directory}" contains "${place}"; choose one outside of the volume`);
  }
}

function quoted(directory: string): string {
  return `directory "${directory}"`;
}

function holdsAnything(directory: string): boolean {
  const isFresh = (name: string) => name === 'lost+found' && fs.readdirSync(path.join(directory, name)).length === 0;
  return fs.readdirSync(directory).some((name) => name !== SLAVE_STATE && !isFresh(name));
}

import fs from 'node:fs';
import path from 'node:path';
import { causeAndCure } from '../../volume/errors.js';
import { isWithin } from '../../volume/paths.js';
import { type Identity, readIdentity, SLAVE_STATE, writeIdentity } from '../identity.js';
import { machineId } from '../machine.js';
import {
  type Claim,
  checkClaim,
  isClaimed,
  type KeepingPlace,
  type OwnPlaces,
  refuseForeign,
  refuseFull,
  type TakeOptions,
  Unfit,
} from '../place.js';
import { LocalArchive } from './archive.js';
import { LocalSlave } from './local.js';

/** A directory of this machine. */
export class LocalPlace implements KeepingPlace {
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
    const directory = this.#claimed(claim);
    refuseOverlap(directory, own);
    return directory;
  }

  /** `aheadUs`: how far this machine's clock is ahead of the source's. The disk may be mounted read-only. */
  async look(claim: Claim, aheadUs = 0): Promise<LocalArchive> {
    return new LocalArchive(this.#claimed(claim, READABLE), aheadUs);
  }

  async leave(claim: Claim): Promise<void> {
    const directory = usableDirectory(this.target);
    const identity = readIdentity(directory);
    if (!identity || !isClaimed(identity, claim)) return;
    try {
      fs.rmSync(path.join(directory, SLAVE_STATE), { recursive: true, force: true });
    } catch (error) {
      throw new Unfit(`cannot empty "${path.join(directory, SLAVE_STATE)}": ${causeAndCure(error)}`);
    }
  }

  close(): void {}

  #claimed(claim: Claim, access?: number): string {
    const directory = usableDirectory(this.target, access);
    if (directory !== this.target)
      throw new Unfit(
        `"${this.target}" leads to "${directory}" now; lead it back, or remove the slave and add it again`,
      );
    checkClaim(quoted(directory), readIdentity(directory), claim);
    return directory;
  }
}

const { R_OK, W_OK, X_OK } = fs.constants;
const READABLE = R_OK | X_OK;

/** The real path of a directory that this process may read and write, or what `access` says. Throws Unfit. */
function usableDirectory(target: string, access = READABLE | W_OK): string {
  let real: string;
  try {
    real = fs.realpathSync(target);
    if (fs.statSync(real).isDirectory()) {
      fs.accessSync(real, access);
      return real;
    }
  } catch (error) {
    throw new Unfit(`cannot use directory "${target}": ${causeAndCure(error)}`);
  }
  throw new Unfit(`"${target}" is not a directory; give a directory`);
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

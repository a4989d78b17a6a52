import { UserError } from '../volume/errors.js';
import type { Archive } from './archive.js';
import { type Identity, SLAVE_STATE } from './identity.js';
import type { PlainSlave, Slave } from './slave.js';

/**
 * A place cannot be what it should be. The message is the cause alone, to stand behind `Cannot add slave "x": `. Nothing
 * in it has been touched.
 */
export class Unfit extends UserError {
  override name = 'Unfit';
}

/** Whose copy a place should be. */
export type Claim = Pick<Identity, 'volume' | 'slave'>;

/** Where a volume itself is: a copy in it would be copied into itself, and one around it would delete it. */
export interface OwnPlaces {
  /** See {@link machineId}: paths mean the same only where it is the same. */
  readonly machine: string;
  readonly paths: readonly string[];
}

export interface TakeOptions {
  /** The place may hold something: it is made equal to the source, whatever it holds. */
  readonly adopt: boolean;
  /** The slaves that the volume has already. */
  readonly siblings: readonly { readonly id: string; readonly name: string }[];
  /** Is told what people should know of the place, as the end of a sentence about it. */
  readonly remark?: (text: string) => void;
}

/** A place where a copy lives, or is to live. All but `close` throw Unfit. */
export interface Place {
  /** Makes it the copy that this identity names. Answers the target to know it by from now on. */
  take(identity: Identity, own: OwnPlaces, options: TakeOptions): Promise<string>;
  /** Opens it for a pass, if it is this copy. */
  open(name: string, claim: Claim, own: OwnPlaces): Promise<Slave | PlainSlave>;
  /** Removes markerfs's state where it is this copy; nothing else is touched. */
  leave(claim: Claim): Promise<void>;
  /** Lets go of what is kept between passes. */
  close(): void;
}

/** A place whose slave can keep old versions. */
export interface KeepingPlace extends Place {
  /** Looks at the old versions there, if it is this copy; nothing is touched. Throws Unfit. */
  look(claim: Claim): Promise<Archive>;
}

/** A copy of this volume under a slave that was removed may be taken up again; any other copy is somebody's. */
export function refuseForeign(where: string, found: Identity, volume: string, siblings: TakeOptions['siblings']): void {
  if (found.volume !== volume)
    throw new Unfit(
      `${where} is the copy of another volume ("${found.name}"); give another place or, if that volume is no more, delete its ${SLAVE_STATE}`,
    );
  const owner = siblings.find(({ id }) => id === found.slave);
  if (owner) throw new Unfit(`${where} is slave "${owner.name}" already; give another place`);
}

/** Throws Unfit where a place holds another copy than the one that it should, or none. */
export function checkClaim(where: string, found: Identity | undefined, claim: Claim): void {
  if (!found)
    throw new Unfit(
      `${where} holds no copy of this volume; is it mounted? If it is to start anew, remove the slave and add it again`,
    );
  if (!isClaimed(found, claim))
    throw new Unfit(`${where} is the copy of another volume or slave ("${found.name}"); is the right disk mounted?`);
}

export function isClaimed(identity: Identity, claim: Claim): boolean {
  return identity.volume === claim.volume && identity.slave === claim.slave;
}

/** Throws Unfit: nothing is deleted that markerfs did not put there, unless the user says so. */
export function refuseFull(where: string): never {
  throw new Unfit(
    `${where} is not empty; with --adopt it is made equal to the source and loses what the source does not have`,
  );
}

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { errorCause, UserError } from '../volume/errors.js';
import { lock } from '../volume/lock.js';
import { markerfsMountsOf } from '../volume/mounts.js';
import { isWithin } from '../volume/paths.js';
import type { SlaveRecord } from '../volume/slaves.js';
import type { State } from '../volume/state.js';
import type { Volume } from '../volume/volume.js';
import { type Identity, readIdentity, SLAVE_STATE, SlaveRefused, writeIdentity } from './identity.js';
import { LocalSlave } from './local/local.js';
import type { Slave } from './slave.js';

export interface AddOptions {
  /** The target may hold something: it is made equal to the source, whatever it holds. */
  readonly adopt?: boolean;
}

/**
 * Registers a directory as a slave of a volume; the first pass fills it. UserError where it is not fit, with nothing
 * changed.
 */
export function addSlave(
  volume: Volume,
  state: State,
  name: string,
  target: string,
  options: AddOptions = {},
): SlaveRecord {
  const refuse = (cause: string): never => {
    throw new UserError(`Cannot add slave "${name}": ${cause}`);
  };
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
    throw new UserError(`Cannot add slave "${name}": a name is 1 to 64 of the characters A-Z a-z 0-9 . _ -`, 2);
  }
  if (state.slaves.get(name)) refuse('the volume has a slave of that name');
  if (isRemote(target)) refuse(`target "${target}" is remote, only local directories are supported by this version`);
  const directory = usableDirectory(target, refuse);
  refuseOverlap(volume, directory, refuse);
  const identity = readIdentity(directory);
  if (identity) refuseForeign(volume, state, identity, directory, refuse);
  if (!options.adopt && holdsAnything(directory)) {
    refuse(
      `directory "${directory}" is not empty; with --adopt it is made equal to the source and loses what the source does not have`,
    );
  }
  const slave = { name, id: randomUUID(), target: directory, addedUs: Date.now() * 1000 };
  writeIdentity(directory, { format: 1, volume: volume.uuid, slave: slave.id, name, createdUs: slave.addedUs });
  state.slaves.add(slave);
  return state.slaves.need(name);
}

/** Forgets a slave. Its copy stays as it is, without markerfs's state. */
export function removeSlave(volume: Volume, state: State, name: string): void {
  const slave = state.slaves.need(name);
  const held = lock(volume, `ship-${name}`);
  try {
    state.slaves.remove(name);
    if (isOurs(volume, slave)) fs.rmSync(path.join(slave.target, SLAVE_STATE), { recursive: true, force: true });
  } finally {
    held.release();
  }
}

/** No passes until it is resumed. */
export function pauseSlave(state: State, name: string): void {
  state.slaves.setPaused(name, true);
}

export function resumeSlave(state: State, name: string): void {
  state.slaves.setPaused(name, false);
}

/**
 * Opens a slave for a pass. SlaveRefused, with nothing touched, where its target is not the copy that the volume knows.
 */
export function openSlave(volume: Volume, slave: SlaveRecord): Slave {
  const refuse = (cause: string): never => {
    throw new SlaveRefused(`Cannot ship to slave "${slave.name}": ${cause}`);
  };
  const directory = usableDirectory(slave.target, refuse);
  if (directory !== slave.target) refuse(`"${slave.target}" leads to "${directory}" now`);
  refuseOverlap(volume, directory, refuse);
  const identity = readIdentity(directory);
  if (!identity) {
    refuse(
      `directory "${directory}" holds no copy of this volume; is it mounted? If it is to start anew, remove the slave and add it again`,
    );
  }
  if (identity?.volume !== volume.uuid || identity.slave !== slave.id) {
    refuse(`directory "${directory}" is the copy of another volume or slave ("${identity?.name}")`);
  }
  return new LocalSlave(slave.name, directory);
}

/** rsync's own reading of `host:path`, `host::module` and URLs: a colon before the first slash. */
function isRemote(target: string): boolean {
  return /^[^/]*:/.test(target);
}

function usableDirectory(target: string, refuse: (cause: string) => never): string {
  try {
    const real = fs.realpathSync(target);
    if (!fs.statSync(real).isDirectory()) refuse(`"${target}" is not a directory`);
    fs.accessSync(real, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    return real;
  } catch (error) {
    if (error instanceof UserError) throw error;
    return refuse(`cannot use directory "${target}": ${errorCause(error)}`);
  }
}

/** A copy inside its source would be copied into itself; a source inside its copy would be deleted from it. */
function refuseOverlap(volume: Volume, directory: string, refuse: (cause: string) => never): void {
  const own = [volume.source, volume.stateDir, ...markerfsMountsOf(volume.source).map(({ mountpoint }) => mountpoint)];
  for (const place of own) {
    if (isWithin(directory, place))
      refuse(`directory "${directory}" lies in "${place}"; choose one outside of the volume`);
    if (isWithin(place, directory))
      refuse(`directory "${directory}" contains "${place}"; choose one outside of the volume`);
  }
}

/** A copy of this volume under a slave that was removed may be taken up again; any other copy is somebody's. */
function refuseForeign(
  volume: Volume,
  state: State,
  identity: Identity,
  directory: string,
  refuse: (cause: string) => never,
): void {
  if (identity.volume !== volume.uuid)
    refuse(`directory "${directory}" is the copy of another volume ("${identity.name}")`);
  const owner = state.slaves.list().find(({ id }) => id === identity.slave);
  if (owner) refuse(`directory "${directory}" is slave "${owner.name}" already`);
}

function holdsAnything(directory: string): boolean {
  const isFresh = (name: string) => name === 'lost+found' && fs.readdirSync(path.join(directory, name)).length === 0;
  return fs.readdirSync(directory).some((name) => name !== SLAVE_STATE && !isFresh(name));
}

function isOurs(volume: Volume, slave: SlaveRecord): boolean {
  try {
    const identity = readIdentity(slave.target);
    return identity?.volume === volume.uuid && identity.slave === slave.id;
  } catch {
    return false;
  }
}

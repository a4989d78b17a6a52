import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { UserError } from '../volume/errors.js';
import { lock } from '../volume/lock.js';
import type { SlaveSettings } from '../volume/slave-settings.js';
import type { SlaveRecord } from '../volume/slaves.js';
import type { State } from '../volume/state.js';
import type { Volume } from '../volume/volume.js';
import { type Place, Unfit } from './place.js';
import { ownPlaces, placeAt } from './places.js';
import { formatTarget, parseTarget } from './target.js';

export interface AddOptions {
  /** The target may hold something: it is made equal to the source, whatever it holds. */
  readonly adopt?: boolean;
  readonly settings?: SlaveSettings;
  /** Is told what people should know of the place, a sentence each time. */
  readonly onRemark?: (text: string) => void;
}

/** UserError (wrong usage) where a slave cannot have that name. */
export function checkSlaveName(name: string): void {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name))
    throw new UserError(`Cannot add slave "${name}": a name is 1 to 64 of the characters A-Z a-z 0-9 . _ -`, 2);
}

/**
 * Registers a place as a slave of a volume; the first pass fills it. UserError where it is not fit, with nothing
 * changed.
 */
export async function addSlave(
  volume: Volume,
  state: State,
  name: string,
  target: string,
  { adopt = false, settings = {}, onRemark }: AddOptions = {},
): Promise<SlaveRecord> {
  checkSlaveName(name);
  if (state.slaves.get(name))
    throw new UserError(
      `Cannot add slave "${name}": the volume has a slave of that name; choose another, or forget that one (markerfs slave remove)`,
    );
  const id = randomUUID();
  const addedUs = Date.now() * 1000;
  const identity = { format: 1, volume: volume.uuid, slave: id, name, createdUs: addedUs } as const;
  const siblings = state.slaves.list().map(({ id, name }) => ({ id, name }));
  let place: Place | undefined;
  try {
    place = await placeAt(target, settings);
    const remark = (text: string): void => onRemark?.(`Slave "${name}": ${text}`);
    const known = await place.take(identity, ownPlaces(volume), { adopt, siblings, remark });
    state.slaves.add({ name, id, target: known, addedUs }, settings);
  } catch (error) {
    if (error instanceof Unfit) throw new UserError(`Cannot add slave "${name}": ${error.message}`);
    throw error;
  } finally {
    place?.close();
  }
  return state.slaves.need(name);
}

/**
 * Forgets a slave. Its copy stays as it is, without markerfs's state: with it, where the place cannot be reached or is
 * another's by now.
 */
export async function removeSlave(volume: Volume, state: State, name: string): Promise<void> {
  const slave = state.slaves.need(name);
  const held = lock(volume, `ship-${name}`);
  let place: Place | undefined;
  try {
    state.slaves.remove(name);
    place = await placeAt(slave.target, slave.settings);
    await place.leave({ volume: volume.uuid, slave: slave.id });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  } finally {
    place?.close();
    held.release();
  }
}

/** Whether a target that a person typed is where a slave is. */
export function isAt({ target }: SlaveRecord, typed: string): boolean {
  const parsed = parseTarget(typed);
  if (parsed.kind !== 'local') return formatTarget(parsed) === target;
  try {
    return fs.realpathSync(parsed.directory) === target;
  } catch {
    return parsed.directory === target;
  }
}

/** No passes until it is resumed. */
export function pauseSlave(state: State, name: string): void {
  state.slaves.setPaused(name, true);
}

export function resumeSlave(state: State, name: string): void {
  state.slaves.setPaused(name, false);
}

import { addSlave, isAt } from '../../slave/registry.js';
import { ControlClient } from '../../volume/control.js';
import { UserError } from '../../volume/errors.js';
import { markerfsMountAt } from '../../volume/mounts.js';
import { realPath } from '../../volume/paths.js';
import { SETTING_NAMES, type SettingsChange, type SlaveSettings } from '../../volume/slave-settings.js';
import { State } from '../../volume/state.js';
import { openVolume, type Volume } from '../../volume/volume.js';
import { say, tell } from '../say.js';
import { showSettings } from '../slave-settings.js';
import { startMount } from '../start-daemon.js';
import { showName } from '../text.js';
import { lineOf } from './listed.js';
import type { Config, SlaveConfig, VolumeConfig } from './model.js';

/** Makes the world what a configuration file says, and says what it changed. What is so already is left alone. */

/** Is told what was done, a line each time. */
export type Report = (line: string) => void;

/** Mounts a volume where it is not mounted; answers whether it did. UserError says why it cannot be. */
export async function mountListed(volume: VolumeConfig, report: Report): Promise<boolean> {
  if ((await standingOf(volume)) === 'served') return false;
  const plan = await startMount(volume.source, volume.mountpoint, volume.mount);
  report(`Mounted "${showName(Buffer.from(plan.source))}" on "${showName(Buffer.from(plan.mountpoint))}"`);
  return true;
}

/** Whether a volume is mounted where the file says, and served; `orphaned`: its daemon was killed. UserError. */
export async function standingOf(volume: VolumeConfig): Promise<'served' | 'orphaned' | 'unmounted'> {
  if (!isMounted(volume)) return 'unmounted';
  const daemon = await ControlClient.connect(volumeOf(volume));
  daemon?.close();
  return daemon ? 'served' : 'orphaned';
}

function isMounted({ source, mountpoint }: VolumeConfig): boolean {
  try {
    return markerfsMountAt(realPath(mountpoint))?.source === realPath(source);
  } catch {
    // What is wrong with a name is for the mount to say.
    return false;
  }
}

/** The volume of what the file lists. */
export function volumeOf({ source, mount }: VolumeConfig): Volume {
  return openVolume(source, mount.stateDir);
}

/** Adds a slave, or changes its settings to what the file says, all of them. UserError says why it cannot be. */
export async function applySlave(file: string, volume: Volume, slave: SlaveConfig, report: Report): Promise<void> {
  const { name, target, adopt, settings } = slave;
  const state = State.open(volume);
  try {
    const known = state.slaves.get(name);
    if (!known) {
      await addSlave(volume, state, name, target, { adopt, settings, onRemark: tell });
      report(`${name}: added, at "${showName(Buffer.from(target))}"`);
    } else {
      refuseOther(file, volume, known, target);
      if (known.listed?.file !== file) report(`${name}: taken over by "${file}"`);
      const change = changeTo(settings);
      const before = showSettings(known.settings).join(' ');
      state.slaves.setSettings(name, change);
      const after = showSettings(state.slaves.need(name).settings).join(' ');
      if (before !== after) report(`${name}: settings are now: ${after === '' ? 'none' : after}`);
    }
    state.slaves.setListed(name, { file, target });
  } finally {
    state.close();
  }
}

/** Another file's slave, or one that is elsewhere. */
function refuseOther(
  file: string,
  { source }: Volume,
  known: ReturnType<State['slaves']['need']>,
  target: string,
): void {
  const { name, listed } = known;
  const line = listed === null || listed.file === file ? undefined : lineOf(listed.file, source, name);
  if (line !== undefined)
    throw new UserError(`Cannot set slave "${name}": it is set in "${listed?.file}", line ${line}, too`);
  if (listed?.target === target || isAt(known, target)) return;
  throw new UserError(
    `Cannot set slave "${name}": it is at "${known.target}", and "${file}" says "${target}"; list the new place under another name`,
  );
}

function changeTo(settings: SlaveSettings): SettingsChange {
  return Object.fromEntries(SETTING_NAMES.map((name) => [name, settings[name]]));
}

/** Slaves that the file listed and does not list any more are the verbs' from now on. */
export function releaseUnlisted(file: string, volume: Volume, { slaves }: VolumeConfig): void {
  const state = State.open(volume);
  try {
    const names = new Set(slaves.map(({ name }) => name));
    for (const { name, listed } of state.slaves.list()) {
      if (listed?.file !== file || names.has(name)) continue;
      state.slaves.setListed(name, null);
      tell(`Slave "${name}" is in "${file}" no more; it stays, and verbs set it: markerfs slave remove forgets it`);
    }
  } finally {
    state.close();
  }
}

/** Applies a whole file, each volume and slave on its own; answers the exit status: 0 done, 1 failed, 3 partly. */
export async function applyConfig(config: Config): Promise<0 | 1 | 3> {
  let [done, failed] = [0, 0];
  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      done++;
      return true;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      tell(error.message);
      failed++;
      return false;
    }
  };
  for (const volume of config.volumes) {
    // Slaves of a volume that could not be mounted: it may not be one.
    if (!(await attempt(async () => void (await mountListed(volume, say))))) continue;
    const opened = volumeOf(volume);
    releaseUnlisted(config.file, opened, volume);
    for (const slave of volume.slaves) await attempt(() => applySlave(config.file, opened, slave, say));
  }
  return failed === 0 ? 0 : done === 0 ? 1 : 3;
}

import { markerfsMountsOf } from '../volume/mounts.js';
import type { SlaveSettings } from '../volume/slave-settings.js';
import type { SlaveRecord } from '../volume/slaves.js';
import type { Volume } from '../volume/volume.js';
import { SlaveRefused } from './identity.js';
import { LocalPlace } from './local/place.js';
import { machineId } from './machine.js';
import { type KeepingPlace, type OwnPlaces, type Place, Unfit } from './place.js';
import type { PlainSlave, Slave } from './slave.js';
import { type LocalTarget, parseTarget, type SshTarget, type Target } from './target.js';

/** What a target means. Throws Unfit where it is of no kind that there is, or a setting is of no use for it. */
export function targetFor(target: string, { passwordFile, rsyncOnly = false, keepVersionsMs }: SlaveSettings): Target {
  const parsed = parseTarget(target);
  if (passwordFile !== undefined && parsed.kind !== 'daemon')
    throw new Unfit(`a password file is of no use for "${target}": it is for rsync://host/module/dir; leave it out`);
  if (rsyncOnly && parsed.kind !== 'ssh')
    throw new Unfit(`rsync-only is of no use for "${target}": it is for host:/dir; leave it out`);
  if (keepVersionsMs !== undefined && !keepingTarget(parsed, { rsyncOnly }))
    throw new Unfit(
      `old versions cannot be kept at "${target}": where there is only rsync, nothing could thin them or give them back; leave out keep-versions`,
    );
  return parsed;
}

/** Undefined where only rsync reaches a target: nothing there could give old versions back. */
function keepingTarget(parsed: Target, { rsyncOnly }: SlaveSettings): LocalTarget | SshTarget | undefined {
  return parsed.kind === 'daemon' || rsyncOnly ? undefined : parsed;
}

/** The place of a slave that can keep old versions; undefined where only rsync reaches it. */
export function keepingPlaceOf({ target, settings }: SlaveRecord): (() => Promise<KeepingPlace>) | undefined {
  const keeping = keepingTarget(parseTarget(target), settings);
  return keeping && (() => keepingPlaceAt(keeping, settings));
}

async function keepingPlaceAt(to: LocalTarget | SshTarget, { timeoutMs }: SlaveSettings): Promise<KeepingPlace> {
  if (to.kind === 'local') return new LocalPlace(to.directory);
  return (await import('./ssh/place.js')).agentOverSsh(to, timeoutMs);
}

/** The place that a target names; what its kind needs is loaded with it. Throws Unfit as {@link targetFor}. */
export async function placeAt(target: string, settings: SlaveSettings): Promise<Place> {
  const { passwordFile, rsyncOnly, timeoutMs } = settings;
  const parsed = targetFor(target, settings);
  if (parsed.kind === 'daemon') return (await import('./plain/daemon.js')).daemonPlace(parsed, passwordFile, timeoutMs);
  if (parsed.kind === 'ssh' && rsyncOnly) return (await import('./plain/ssh.js')).plainOverSsh(parsed, timeoutMs);
  return keepingPlaceAt(parsed, settings);
}

/** Where a volume is on this machine, mounts included: asked anew for each use, since mounts come and go. */
export function ownPlaces(volume: Volume): OwnPlaces {
  const mounts = markerfsMountsOf(volume.source).map(({ mountpoint }) => mountpoint);
  return { machine: machineId(), paths: [volume.source, volume.stateDir, ...mounts] };
}

/** Opens the slaves of a volume; connections are kept from one pass to the next, until `close`. */
export class Places {
  readonly #places = new Map<string, Place>();

  constructor(private readonly volume: Volume) {}

  /**
   * Opens a slave for a pass. SlaveRefused, with nothing touched, where its target is not the copy that the volume
   * knows.
   */
  async open(slave: SlaveRecord): Promise<Slave | PlainSlave> {
    const { volume } = this;
    try {
      const place = this.#places.get(slave.id) ?? (await placeAt(slave.target, slave.settings));
      this.#places.set(slave.id, place);
      return await place.open(slave.name, { volume: volume.uuid, slave: slave.id }, ownPlaces(volume));
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      throw new SlaveRefused(`Cannot use slave "${slave.name}": ${error.message}`);
    }
  }

  close(): void {
    for (const place of this.#places.values()) place.close();
    this.#places.clear();
  }
}

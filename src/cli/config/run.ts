import { setTimeout as delay } from 'node:timers/promises';
import { askMount, PATIENCE_MS } from '../../daemon/answers.js';
import { watchdogMs } from '../../daemon/notify.js';
import { ship } from '../../ship/ship.js';
import { UserError } from '../../volume/errors.js';
import { holderOf } from '../../volume/lock.js';
import { retire } from '../../volume/unmounting.js';
import type { Volume } from '../../volume/volume.js';
import { Hooks } from '../hooks.js';
import { sayPass } from '../pass-line.js';
import { sayJson, tell } from '../say.js';
import { showName } from '../text.js';
import { applySlave, mountListed, type Report, releaseUnlisted, standingOf, volumeOf } from './apply.js';
import type { Config, SlaveConfig, VolumeConfig } from './model.js';
import { readConfig } from './read.js';

/** How long until it is looked again whether a mount has lost its daemon, or can be made. */
const LOOK_MS = 2000;
/** A mount that has not answered for so long hangs, where no watchdog says otherwise. */
const HUNG_MS = 120_000;
/** What cannot be done is tried again after pauses that grow up to this. */
const LONGEST_RETRY_MS = 300_000;

export interface RunOptions {
  readonly json: boolean;
  /** Asks for the end. */
  readonly ended: AbortSignal;
  /** Is told what was done to make the world what the file says. */
  readonly report: Report;
  /** Everything has been tried once. */
  readonly ready: () => void;
}

/**
 * Serves what a file lists until it is told to end: mounts the volumes, ships each slave at its interval, and mounts again
 * where a daemon was killed, or its mount hung. What cannot be done is told, disturbs nothing else, and is tried again. SIGHUP reads the file
 * again. What it has mounted it unmounts at the end.
 */
export async function serveConfig(file: string, options: RunOptions): Promise<void> {
  let config = readConfig(file);
  const mounted = new Map<string, VolumeConfig>();
  let isReady = false;
  while (!options.ended.aborted) {
    const round = new AbortController();
    const again = (): void => {
      config = readAgain(config, round);
    };
    process.on('SIGHUP', again);
    const signal = AbortSignal.any([options.ended, round.signal]);
    const volumes = config.volumes.map((volume) => new Service(config, volume, { ...options, signal, mounted }));
    const running = volumes.map((volume) => volume.keep());
    await Promise.all(volumes.map((volume) => volume.tried));
    if (!isReady) options.ready();
    isReady = true;
    await Promise.all(running);
    process.off('SIGHUP', again);
  }
  await Promise.all([...mounted.values()].map(end));
}

/** The file as it is now; as it was, where it is wrong now. */
function readAgain(before: Config, round: AbortController): Config {
  try {
    const config = readConfig(before.file);
    tell(`Read "${before.file}" again`);
    round.abort();
    return config;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tell(`${error.message}; going on as before`);
    return before;
  }
}

/** In use, the mount goes out of sight, and this waits until the last of its users is gone. */
async function end({ mountpoint, mount }: VolumeConfig): Promise<void> {
  try {
    await retire(mountpoint, mount.stateDir);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tell(error.message);
  }
}

interface ServiceOptions extends RunOptions {
  readonly signal: AbortSignal;
  /** By mountpoint, what this process mounted. */
  readonly mounted: Map<string, VolumeConfig>;
}

/** One volume of the file, with its slaves. */
class Service {
  /** The mount has been tried. */
  readonly tried: Promise<void>;
  #triedOnce: () => void = () => undefined;
  readonly #hooks: Hooks;

  constructor(
    private readonly config: Config,
    private readonly volume: VolumeConfig,
    private readonly options: ServiceOptions,
  ) {
    this.#hooks = new Hooks(volume.source, volume.hooks);
    this.tried = new Promise((resolve) => {
      this.#triedOnce = resolve;
    });
  }

  /** Until the signal. A pass while nothing is mounted would keep the mount away: none goes on when the daemon is gone. */
  async keep(): Promise<void> {
    const { signal } = this.options;
    while (!signal.aborted) {
      await this.#mount();
      this.#triedOnce();
      const down = new AbortController();
      const up = AbortSignal.any([signal, down.signal]);
      const slaves = this.volume.slaves.map((slave) => this.#keepSlave(slave, up));
      await Promise.all([this.#watch(down), this.#release(up), ...slaves]);
    }
    this.#triedOnce();
    await this.#hooks.finish();
  }

  #mount(): Promise<void> {
    return this.#persist(this.options.signal, async () => {
      if (await mountListed(this.volume, this.options.report))
        this.options.mounted.set(this.volume.mountpoint, this.volume);
    });
  }

  #release(up: AbortSignal): Promise<void> {
    const { config, volume } = this;
    return this.#persist(up, async () => releaseUnlisted(config.file, volumeOf(volume), volume));
  }

  /**
   * Until the daemon is gone; one whose mount hangs is ended. A mount that is gone was unmounted by somebody who wanted
   * that.
   */
  async #watch(down: AbortController): Promise<void> {
    const { signal } = this.options;
    const { mountpoint } = this.volume;
    const hungMs = watchdogMs() ?? HUNG_MS;
    let answeredMs = performance.now();
    for (;;) {
      await sleep(LOOK_MS, signal);
      if (signal.aborted) return;
      // One that hangs is not touched here: this process has other volumes to serve.
      if ((await askMount(mountpoint, Math.min(PATIENCE_MS, hungMs / 2))) !== 'hangs') {
        answeredMs = performance.now();
        if (await isOrphaned(this.volume)) return down.abort();
      } else if (performance.now() - answeredMs >= hungMs) {
        answeredMs = performance.now();
        endHung(this.volume);
      }
    }
  }

  async #keepSlave(slave: SlaveConfig, up: AbortSignal): Promise<void> {
    await this.#persist(up, () => applySlave(this.config.file, volumeOf(this.volume), slave, this.options.report));
    while (!up.aborted) {
      await this.#persist(up, () => this.#ship(volumeOf(this.volume), slave, up));
      // It is paused.
      await sleep(slave.intervalMs, up);
    }
  }

  async #ship(volume: Volume, { name, intervalMs }: SlaveConfig, up: AbortSignal): Promise<void> {
    await ship(volume, {
      slaves: [name],
      intervalMs,
      signal: up,
      onPass: (result) => {
        // It was ended in the middle, and says no more than that.
        if (up.aborted && result.error !== undefined) return;
        this.#hooks.passed(result);
        if (this.options.json) sayJson({ source: volume.source, ...result });
        else sayPass(result, `${showName(Buffer.from(volume.source))}: `);
      },
    });
  }

  /** Does something, again and again until it succeeds or the signal comes; tells why not, each reason once. */
  async #persist(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    let told = '';
    for (let tries = 0; !signal.aborted; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        if (error.message !== told) tell(`${error.message}; this is tried again and again`);
        told = error.message;
        this.#triedOnce();
      }
      await sleep(Math.min(LOOK_MS * 2 ** tries, LONGEST_RETRY_MS), signal);
    }
  }
}

/** Whether the daemon was killed; what cannot be looked at now is looked at again later. */
async function isOrphaned(volume: VolumeConfig): Promise<boolean> {
  try {
    return (await standingOf(volume)) === 'orphaned';
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** Ends the daemon of a mount that hangs; what it promised to keep is on the disk. */
function endHung(volume: VolumeConfig): void {
  const pid = holderOf(volumeOf(volume), 'daemon');
  if (pid === undefined) return;
  tell(`The mount "${showName(Buffer.from(volume.mountpoint))}" does not answer: its daemon (pid ${pid}) is killed`);
  process.kill(pid, 'SIGKILL');
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

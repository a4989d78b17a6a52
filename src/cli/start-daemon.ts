import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DaemonMessage, DaemonOptions } from '../daemon/options.js';
import { describeRemoved } from '../volume/dead-mounts.js';
import { type ExitStatus, UserError } from '../volume/errors.js';
import { type MountPlan, planMount } from '../volume/mounting.js';
import { createVolume } from '../volume/volume.js';
import type { MountSettings } from './mount-settings.js';
import { tell } from './say.js';

const PROGRAM = fileURLToPath(new URL('../daemon/main.js', import.meta.url));

/** What the daemon says first; undefined where it ended without a word. */
async function firstMessage(daemon: ChildProcess): Promise<DaemonMessage | undefined> {
  const ended = once(daemon, 'exit').then(() => undefined);
  const [message] = (await Promise.race([once(daemon, 'message'), ended])) ?? [];
  return message as DaemonMessage | undefined;
}

/** Mounts a volume in the background, and tells what people should know of it. UserError says why it cannot be. */
export async function startMount(source: string, mountpoint: string, settings: MountSettings): Promise<MountPlan> {
  const plan = planMount(source, mountpoint);
  if (plan.removed) for (const line of describeRemoved(plan.removed)) tell(line);
  for (const note of await startDaemon(plan, settings)) tell(note);
  return plan;
}

/**
 * Starts the daemon in a session of its own and waits until the mount is ready; answers what the user should know of
 * it. UserError says why it is not. The daemon writes to `daemon.log` in the state folder, if there is a lasting one.
 */
export async function startDaemon(plan: MountPlan, settings: MountSettings): Promise<readonly string[]> {
  const { source, mountpoint, readOnly } = plan;
  const isLasting = !readOnly || settings.stateDir !== undefined;
  const logFile = isLasting ? path.join(createVolume(source, settings.stateDir).stateDir, 'daemon.log') : '/dev/null';
  const log = fs.openSync(logFile, 'a', 0o600);
  const argument: DaemonOptions = { ...settings, source, mountpoint, foreground: false };
  // It must not hold the directory in which somebody happened to type the command.
  const daemon = spawn(process.execPath, [PROGRAM, JSON.stringify(argument)], {
    cwd: '/',
    // One arena for all threads (mallopt(3)): they rarely allocate, and each of their own would keep megabytes.
    env: { ...process.env, MALLOC_ARENA_MAX: '1' },
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  fs.closeSync(log);
  const message = await firstMessage(daemon);
  if (message?.type === 'error') throw new UserError(message.message, message.exitStatus as ExitStatus);
  if (message === undefined) {
    const how = daemon.signalCode ?? `exit status ${daemon.exitCode}`;
    throw new UserError(`Cannot mount on "${mountpoint}": the daemon ended (${how}); see "${logFile}"`);
  }
  daemon.unref();
  return message.notes;
}

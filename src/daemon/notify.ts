import { spawn } from 'node:child_process';
import { log } from './log.js';

/**
 * What systemd is told of a service of Type=notify: that the mount is ready, and with a watchdog, again and again, that it
 * answers. systemd-notify(1) speaks to its socket: Node has no datagrams of that kind.
 */

/** Within this a mount answers, or does not. */
const PATIENCE_MS = 10_000;

/** Tells systemd, if this process is its service: it is ready, and serves these mounts, which are asked for each time. */
export function notifySystemd(mountpoints: () => readonly string[]): void {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdogUs } = process.env;
  if (socket === undefined) return;
  void run('systemd-notify', ['--ready']);
  const periodMs = Number(watchdogUs ?? 0) / 1000;
  if (periodMs > 0) setInterval(() => void watch(mountpoints()), periodMs / 2).unref();
}

/** Another process asks the mount: this one must not wait for itself. */
async function watch(mountpoints: readonly string[]): Promise<void> {
  const answers = await Promise.all(mountpoints.map((at) => run('stat', ['--file-system', '--', at])));
  if (answers.every(Boolean)) await run('systemd-notify', ['WATCHDOG=1']);
}

/** Whether a program succeeded. */
function run(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', timeout: PATIENCE_MS });
    child.once('error', (error) => {
      log('warn', `Cannot run ${program}: ${error.message}`);
      resolve(false);
    });
    child.once('exit', (status) => resolve(status === 0));
  });
}

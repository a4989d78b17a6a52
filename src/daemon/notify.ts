import { runHelper } from './helper.js';
import { log } from './log.js';

/**
 * What systemd is told of a service of Type=notify: that it is ready, and with a watchdog, again and again, that it is
 * well. systemd-notify(1) speaks to its socket: Node has no datagrams of that kind.
 */

/** systemd-notify(1) takes no longer. */
const PATIENCE_MS = 10_000;

/** The watchdog of systemd, where this process is a service that has one: milliseconds. */
export function watchdogMs(): number | undefined {
  const { WATCHDOG_USEC: watchdogUs } = process.env;
  return watchdogUs === undefined ? undefined : Number(watchdogUs) / 1000;
}

/** Tells systemd, if this process is its service: it is ready; and with a watchdog, as long as it is well. */
export function notifySystemd(isWell: () => Promise<boolean>): void {
  if (process.env.NOTIFY_SOCKET === undefined) return;
  void notify('--ready');
  const periodMs = watchdogMs() ?? 0;
  if (periodMs > 0) setInterval(() => void watch(isWell), periodMs / 2).unref();
}

async function watch(isWell: () => Promise<boolean>): Promise<void> {
  if (await isWell()) await notify('WATCHDOG=1');
}

async function notify(message: string): Promise<void> {
  const { error } = await runHelper('systemd-notify', [message], PATIENCE_MS);
  if (error) log('warn', `Cannot run systemd-notify: ${error.message}`);
}

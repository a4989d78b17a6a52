import { errorCause } from '../volume/errors.js';
import { detachMount, plainUnmount } from '../volume/mounting.js';
import { log } from './log.js';

const signals = ['SIGTERM', 'SIGINT'] as const;

/**
 * Takes the mount away: at once where nobody uses it, otherwise out of sight, and it goes on serving its users until
 * the last is gone. Cutting them off would leave writers that the kernel lets write on, unmarked.
 */
export function retire(mountpoint: string): void {
  try {
    plainUnmount(mountpoint);
  } catch (error) {
    log('warn', `${errorCause(error)}; going on until the last user is gone`);
    detachMount(mountpoint);
  }
}

function endAtOnce(why: string, fields = {}): void {
  log('fatal', `Ending at once: ${why}`, fields);
  process.kill(process.pid, 'SIGKILL');
}

/**
 * Of a fault that nothing catches nobody knows what it leaves: it ends the daemon at once. An orderly exit would wait
 * for threads that wait for the kernel, and all users of the mount with them; the next mount heals the volume.
 */
export function endOnFaults(): void {
  process.on('uncaughtException', (error) => endAtOnce('a fault that nothing caught', { err: error }));
}

/**
 * SIGTERM and SIGINT unmount. A second signal ends the daemon at once; the next mount then knows of the unclean end.
 */
export function endOnSignals(mountpoint: string): void {
  let asked = false;
  const end = (signal: NodeJS.Signals): void => {
    if (asked) endAtOnce(`${signal} again`);
    asked = true;
    log('info', `${signal}: unmounting`);
    retire(mountpoint);
  };
  for (const signal of signals) process.on(signal, end);
}

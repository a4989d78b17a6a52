import { errorCause } from '../volume/errors.js';
import { detachMount, plainUnmount } from '../volume/mounting.js';
import { log } from './log.js';

const signals = ['SIGTERM', 'SIGINT'] as const;

/**
 * SIGTERM and SIGINT unmount. While programs use the mount it is only taken out of sight, and goes on serving them: cutting them off would leave
 * writers that the kernel lets write on unmarked. A second signal ends the daemon at once; the next mount then knows of the unclean end.
 */
export function endOnSignals(mountpoint: string): void {
  let asked = false;
  const end = (signal: NodeJS.Signals): void => {
    if (asked) {
      log(`${signal} again: ending at once`);
      process.kill(process.pid, 'SIGKILL');
    }
    asked = true;
    log(`${signal}: unmounting`);
    try {
      plainUnmount(mountpoint);
    } catch (error) {
      log(`${errorCause(error)}; going on until the last user is gone`);
      detachMount(mountpoint);
    }
  };
  for (const signal of signals) process.on(signal, end);
}

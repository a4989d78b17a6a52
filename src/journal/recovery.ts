import type { UncleanEnd } from '../volume/sessions.js';
import type { SlaveRecord } from '../volume/slaves.js';

/** What the unclean end of a daemon asks of the slaves. */
export interface Recovery extends UncleanEnd {
  /** Slaves whose next pass walks the marks because of it. */
  readonly waiting: readonly string[];
}

/**
 * What is left to do after the last unclean end; null where nothing is. A slave has made up for it with a pass that the
 * next session saw: its sync point is later, or, where failures hold that back, its position lies behind the gap
 * (`isCovered`).
 */
export function recoveryOf(
  end: UncleanEnd | undefined,
  slaves: readonly SlaveRecord[],
  isCovered: (slave: SlaveRecord) => boolean,
): Recovery | null {
  if (!end) return null;
  const { noticedUs } = end;
  const waits = (slave: SlaveRecord): boolean =>
    slave.stimeUs > 0 && (noticedUs === null || (slave.stimeUs < noticedUs && !isCovered(slave)));
  const waiting = slaves.filter(waits).map(({ name }) => name);
  return waiting.length === 0 && noticedUs !== null ? null : { ...end, waiting };
}

import { setTimeout as delay } from 'node:timers/promises';
import { attemptPass, type ShipContext } from './attempt.js';
import type { PassResult } from './commit.js';

/** After failures the pauses grow, up to this. */
const LONGEST_RETRY_MS = 300_000;

/** Between a pass that left files which are still being written and the next one. */
const LEAST_PAUSE_MS = 100;

/** The passes of one slave: one, or with an interval as many as there come until the signal. Answers the last one. */
export async function keepShipping(context: ShipContext, name: string): Promise<PassResult> {
  const { intervalMs, signal, onPass } = context.options;
  for (let failures = 0; ; ) {
    const result = await attemptPass(context, name);
    onPass?.(result);
    if (intervalMs === undefined) return result;
    failures = result.error === undefined ? 0 : failures + 1;
    const longest = Math.max(intervalMs, LONGEST_RETRY_MS);
    do {
      const pauseMs = Math.min(intervalMs * 2 ** failures, longest);
      await sleep(failures === 0 ? Math.min(pauseMs, untilSettledMs(context, name)) : pauseMs, signal);
      if (signal?.aborted || !context.state.slaves.get(name)) return result;
    } while (context.state.slaves.need(name).paused);
  }
}

/** How long until a file that is still being written is to be shipped; without end where none is. */
function untilSettledMs({ state }: ShipContext, name: string): number {
  const busy = state.pending.busy(name);
  return busy ? Math.max(LEAST_PAUSE_MS, busy.nextTryUs / 1000 - Date.now()) : Number.POSITIVE_INFINITY;
}

async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal ? { signal } : {});
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

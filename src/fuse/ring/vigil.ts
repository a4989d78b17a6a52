import { native, SCHED_IDLE } from '../../syscalls/index.js';
import type { Crew } from './crew.js';
import { stayOn } from './processors.js';

/** For how long a processor is kept awake after the last request, and how often it is looked for one. */
const patienceMs = 0.2;
const roundMs = 0.02;

/**
 * Keeps a processor awake while one caller's requests keep coming: when it is answered it continues on one, and waking
 * that from its halt costs more than most requests do (25 µs on a virtual machine). It runs only when nothing else wants
 * the processor (SCHED_IDLE, sched(7)). Several callers keep the processors busy themselves, and the scheduler shares
 * them out better where none seems busy that is not.
 */
export function keepAwake(processor: number, crew: Crew): void {
  stayOn(processor);
  native.sched_setscheduler(SCHED_IDLE, 0);
  do waitForQuiet(crew);
  while (crew.sleep());
}

/** Returns when no request has come for a while, or when they come from several callers. */
function waitForQuiet(crew: Crew): void {
  let served = crew.served;
  for (let quietMs = 0; quietMs < patienceMs; quietMs += roundMs) {
    for (const end = performance.now() + roundMs; performance.now() < end; );
    if (crew.served !== served && crew.isSteady) quietMs = 0;
    served = crew.served;
  }
}

/** Program: commits passes for the slave "copy" of the volume over argv[2] and prints each sync point, until it is killed. */
import { State } from '../../src/volume/state.js';
import { createVolume } from '../../src/volume/volume.js';
import { commit, pendingPath } from './passes.js';

const state = State.open(createVolume(process.argv[2] ?? ''));
for (let stimeUs = state.slaves.need('copy').stimeUs + 1; ; stimeUs++) {
  const pending = Array.from({ length: 20 }, (_, n) => pendingPath(`${n}`, { nextTryUs: stimeUs }));
  state.commitPass('copy', commit({ stimeUs, position: stimeUs, pending }));
  process.stdout.write(`${stimeUs}\n`);
}

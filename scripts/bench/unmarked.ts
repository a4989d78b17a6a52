import { startDaemon } from '../../src/cli/start-daemon.js';
import { type EngineName, engines } from '../../src/daemon/options.js';
import { planMount } from '../../src/volume/mounting.js';

/** `node unmarked.js SOURCE MOUNTPOINT ENGINE` mounts as markerfs does, less marking and journaling. */
const [, , source = '', mountpoint = '', engine = engines[0]] = process.argv;
await startDaemon(planMount(source, mountpoint), { engine: engine as EngineName, unmarked: true });

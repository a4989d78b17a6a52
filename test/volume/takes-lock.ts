/** Program: takes the lock argv[3] of the volume over argv[2] and says so; starts a child that outlives it where argv[4] is given. */
import { spawn } from 'node:child_process';
import { type LockName, lock } from '../../src/volume/lock.js';
import { createVolume } from '../../src/volume/volume.js';

const [, , source = '', name = 'daemon', child] = process.argv;
lock(createVolume(source), name as LockName);
const pid = child === undefined ? 0 : spawn('sleep', [child], { stdio: 'ignore', detached: true }).pid;
process.stdout.write(`locked ${pid}\n`);
setInterval(() => undefined, 1000);

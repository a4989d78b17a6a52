/**
 * Program: ships the volume over argv[2], with the rsync argv[3] unless that is empty. Its clock runs by how often it is read, so that a
 * first copy is noted every 2,500 objects, however fast the machine is. It kills itself once there is a file argv[4].
 */
import { existsSync } from 'node:fs';
import { ship } from '../../src/ship/ship.js';
import { openVolume } from '../../src/volume/volume.js';

const [, , source = '', rsync = '', last] = process.argv;
let nowMs = 0;
performance.now = () => {
  if (last !== undefined && existsSync(last)) process.kill(process.pid, 'SIGKILL');
  nowMs += 4;
  return nowMs;
};
const [result] = await ship(openVolume(source), rsync === '' ? {} : { rsync });
process.stdout.write(JSON.stringify(result));

/**
 * Program: ships the volume over argv[2] with the rsync argv[3]. Its clock runs by how often it is read, so that a first
 * copy is noted every 2,500 objects, however fast the machine is.
 */
import { ship } from '../../src/ship/ship.js';
import { openVolume } from '../../src/volume/volume.js';

const [, , source = '', rsync = ''] = process.argv;
let nowMs = 0;
performance.now = () => {
  nowMs += 4;
  return nowMs;
};
const [result] = await ship(openVolume(source), { rsync });
process.stdout.write(JSON.stringify(result));

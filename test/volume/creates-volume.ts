/** Program: waits for a line, creates the volume over argv[2] and prints its uuid. */
import { once } from 'node:events';
import { createVolume } from '../../src/volume/volume.js';

process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdout.write(`${createVolume(process.argv[2] ?? '').uuid}\n`);
process.stdin.destroy();

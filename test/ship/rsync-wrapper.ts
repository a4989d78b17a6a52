import fs from 'node:fs';
import path from 'node:path';
import type { World } from './world.js';

/** A program in rsync's place: a script of bash that has rsync's arguments. */
export function rsyncWrapper(world: World, script: string): string {
  const file = path.join(path.dirname(world.slave), 'wrapped-rsync');
  fs.writeFileSync(file, `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  return file;
}

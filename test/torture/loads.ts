import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../support/volume.js';

/** Writes through a mapping, to whatever file it finds; says so when it has made one. */
const MAPPER = `
import mmap, os, random, sys, time
root, seed = sys.argv[1], int(sys.argv[2])
random.seed(seed)
maps = []
while True:
    try:
        path = os.path.join(root, 'mapped-%d' % random.randrange(4))
        fd = os.open(path, os.O_RDWR | os.O_CREAT)
        os.ftruncate(fd, 8192)
        maps.append(mmap.mmap(fd, 8192))
        os.close(fd)
        if len(maps) == 1: print('ready', flush=True)
        if len(maps) > 4: maps.pop(0).close()
        for step in range(40):
            memory = random.choice(maps)
            memory[random.randrange(8192)] = random.randrange(256)
            if random.randrange(8) == 0: memory.flush()
            time.sleep(random.random() / 100)
    except OSError as error:
        if error.errno not in (5, 28): sys.exit(0)
        time.sleep(0.01)
`;

const LOADS = 2;

/**
 * What the programs do. Whatever is open for writing at a barrier is marked there with all directories above, and a
 * commit of the disk takes all marks along: both make up for marks that are missing. So there are programs that
 *
 * - do everything;
 * - keep nothing open: what they change has no mark but that of the change;
 * - write nothing but data, over what is there, and have it put on the disk at once: that takes no mark along.
 */
export type Manner = 'everything' | 'nothing open' | 'data alone';
export const manners: readonly Manner[] = ['everything', 'nothing open', 'nothing open', 'data alone'];

const TALKS = ['ignore', 'pipe', 'ignore'] as const satisfies StdioOptions;

/** Programs that change a mount. */
export class Loads {
  #running: { readonly child: ChildProcess; readonly seed?: number }[] = [];

  constructor(
    private readonly mountpoint: string,
    private readonly work: string,
  ) {}

  /** Comes when all of them are at work, or have ended. */
  async start(seed: number, manner: Manner): Promise<void> {
    const program = join(PROJECT, 'dist/test/torture/load.js');
    for (let index = 0; index < LOADS; index++) {
      const own = seed * LOADS + index + 1;
      rmSync(this.#ledger(own), { force: true });
      const args = [program, this.mountpoint, String(own), this.#ledger(own), manner];
      this.#running.push({ child: spawn(process.execPath, args, { stdio: TALKS }), seed: own });
    }
    if (manner !== 'nothing open') {
      const mapper = ['-c', MAPPER, this.mountpoint, String(seed)];
      this.#running.push({ child: spawn('python3', mapper, { stdio: TALKS }) });
    }
    await Promise.all(
      this.#running.map(({ child }) => Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])),
    );
  }

  /** They do nothing until they are resumed, but keep their files open. */
  hold(): void {
    for (const { child } of this.#running) child.kill('SIGSTOP');
  }

  resume(): void {
    for (const { child } of this.#running) child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    for (const { child } of this.#running.splice(0)) await stop(child);
  }

  #ledger(seed: number): string {
    return join(this.work, `ledger-${seed}`);
  }

  /** What was promised so far: the number that each file must have at least. */
  promises(): Map<string, number> {
    const promises = new Map<string, number>();
    for (const { seed } of this.#running) {
      if (seed === undefined || !existsSync(this.#ledger(seed))) continue;
      promises.set(`promises/${seed}/number`, Number(readFileSync(this.#ledger(seed), 'utf8')));
    }
    return promises;
  }
}

/** Kills it; false where it had ended. */
export async function stop(child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return false;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  return true;
}

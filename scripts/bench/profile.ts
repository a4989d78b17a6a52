import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `node profile.js FOLDER` prints where the time went in the profiles of V8 that lie in a folder, one for each thread:
 * the functions that ran most by themselves, waiting included. A system call of the addon counts as its caller's.
 */

/** What V8 writes, as far as it is used here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Ids of nodes, and the µs before each of them. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const shown = 25;

function add(times: Map<string, number>, { nodes, samples, timeDeltas }: Profile): void {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const place = url.replace(/^.*\/(dist|node_modules)\//, '');
      return [id, `${functionName || '(anonymous)'}  ${place && `${place}:${lineNumber + 1}`}`];
    }),
  );
  samples.forEach((id, index) => {
    const name = names.get(id) ?? '?';
    times.set(name, (times.get(name) ?? 0) + timeDeltas[index]!);
  });
}

const [, , folder = ''] = process.argv;
const times = new Map<string, number>();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile')))
  add(times, JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile);

process.stdout.write(`
Where the threads of markerfs's daemons were, in seconds, waiting included (the profiles are in ${folder}):

`);
for (const [name, us] of [...times].sort(([, a], [, b]) => b - a).slice(0, shown))
  process.stdout.write(`${(us / 1e6).toFixed(2).padStart(9)}  ${name}\n`);

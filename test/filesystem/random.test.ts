import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext, type TestFn } from 'ava';
import fc from 'fast-check';
import type { EngineName } from '../../src/daemon/options.js';
import { cannotLoad } from '../support/fuse-native.js';
import { differences } from '../support/trees.js';
import { testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';
import { type Abilities, ALL, type Command, sequences } from './random/command.js';
import { describeTree } from './random/tree.js';
import { World } from './random/world.js';

/** More with MARKERFS_RUNS, for a night. */
const numRuns = Number(process.env.MARKERFS_RUNS ?? 150);
/** Passes are dearer than runs. */
const RUNS_FOR_A_PASS = 20;

/** However long the runs are, the report comes: what fails is made smaller for so long. */
const limits = { interruptAfterTimeLimit: numRuns * 500, includeErrorInReport: true };

/**
 * The package's limits are more than a list can tell apart (what becomes of a removed directory that is open, say): with
 * it the same sequences run each time, unless a night was asked for.
 */
const seedFor = (engine: EngineName) =>
  engine === 'fuse-native' && process.env.MARKERFS_RUNS === undefined ? { seed: 1 } : {};

let folders = 0;

/** Does the same on a plain directory and on the mount; throws at the first difference. The new directory on the mount stays. */
function runOnBoth(volume: TestVolume, plain: string, abilities: Abilities, commands: readonly Command[]): string {
  const name = `run${folders++}`;
  const [original, onMount] = [join(plain, name), join(volume.mountpoint, name)];
  for (const folder of [original, onMount]) mkdirSync(folder);
  const worlds = [original, onMount].map((folder) => new World(Buffer.from(folder), abilities)) as [World, World];
  try {
    for (const [index, command] of commands.entries()) {
      const [expected, seen] = worlds.map((world) => world.do(command)) as [string, string];
      if (expected !== seen)
        throw new Error(`Command ${index}, ${JSON.stringify(command)}, ended with "${seen}" instead of "${expected}"`);
    }
    sameTree(original, onMount, abilities);
  } finally {
    for (const world of worlds) world.closeAll();
  }
  // What is on the source once everything is closed is what the slaves get.
  sameTree(original, onMount, abilities);
  sameTree(original, join(volume.source, name), abilities);
  rmSync(original, { recursive: true });
  return onMount;
}

function sameTree(original: string, copy: string, { blind }: Abilities): void {
  const [expected, seen] = [original, copy].map((tree) => describeTree(Buffer.from(tree), blind)) as [
    string[],
    string[],
  ];
  for (let index = 0; index < Math.max(expected.length, seen.length); index++) {
    if (expected[index] !== seen[index])
      throw new Error(`"${copy}" has\n  ${seen[index]}\ninstead of\n  ${expected[index]}`);
  }
}

async function behavesTheSame(t: ExecutionContext, engine: EngineName, abilities: Abilities): Promise<void> {
  const volume = await TestVolume.mounted(t, undefined, engine);
  const plain = join(volume.work, 'plain');
  mkdirSync(plain);
  const property = fc.property(sequences(abilities), (commands) => {
    rmSync(runOnBoth(volume, plain, abilities, commands), { recursive: true });
  });
  fc.assert(property, { numRuns, ...limits, ...seedFor(engine) });
  t.notRegex(volume.log(), /Cannot serve/);
}

/** What was changed unmarked would not be shipped. */
async function shipsTheSame(t: ExecutionContext, engine: EngineName, abilities: Abilities): Promise<void> {
  const volume = await TestVolume.mounted(t, undefined, engine);
  const plain = join(volume.work, 'plain');
  mkdirSync(plain);
  const property = fc.asyncProperty(sequences(abilities), fc.boolean(), async (commands, walks) => {
    runOnBoth(volume, plain, abilities, commands);
    if (walks) {
      await volume.umount();
      volume.removeJournal();
      await volume.mount();
    }
    await volume.ship();
    const difference = await differences(volume.source, volume.slave);
    if (difference !== '') throw new Error(`The slave differs:\n${difference}`);
  });
  const runs = Math.ceil(numRuns / RUNS_FOR_A_PASS);
  await fc.assert(property, { numRuns: runs, ...limits, ...seedFor(engine) });
  t.notRegex(volume.log(), /Cannot serve/);
}

/** What the package fuse-native cannot do: native-notes/fuse-native.md. */
const lacking: Partial<Abilities> = {
  names: ['a', 'b', 'c', 'é'.repeat(127)].map((name) => Buffer.from(name)),
  without: ['utimens', 'utimens handle', 'allocate', 'setacl', 'seek', 'list handle', 'chmod handle'],
  blind: ['mtime', 'nlink'],
  renameFlags: false,
  anyBytes: false,
};

/** Engines, and what they are known to be unable to do. */
const engines: Readonly<Record<EngineName, Abilities>> = {
  markerfs: { ...ALL, setIds: false },
  'fuse-native': { ...ALL, setIds: false, ...lacking },
};

for (const [name, abilities] of Object.entries(engines)) {
  const engine = name as EngineName;
  // Other owners, devices and trusted xattrs are root's.
  const asRoot = (engine === 'fuse-native' && cannotLoad !== undefined ? test.skip : testAsRoot) as TestFn;
  asRoot(`${engine}: whatever is done, a mount behaves as a directory does`, (t) =>
    behavesTheSame(t, engine, abilities),
  );
  asRoot(`${engine}: whatever is done, the next pass ships it`, (t) => shipsTheSame(t, engine, abilities));
}

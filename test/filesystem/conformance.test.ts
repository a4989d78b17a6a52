import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { must } from '../support/run.js';
import { Served } from '../support/served.js';
import { testAsRoot } from '../support/users.js';
import { PROJECT } from '../support/volume.js';
import type { Case } from './conformance/case.js';
import { attributeCases } from './conformance/cases/attributes.js';
import { fileCases } from './conformance/cases/files.js';
import { nameCases } from './conformance/cases/names.js';
import { openingCases } from './conformance/cases/opening.js';
import { differencesOf, differing, runCases } from './conformance/differ.js';

let served: Served;
let agent: string;

test.before(async () => {
  served = await Served.start();
  agent = join(served.work, 'agent');
  const sources = ['agent', 'agent-names', 'agent-attributes', 'agent-files'].map((name) =>
    join(PROJECT, `test/filesystem/conformance/${name}.c`),
  );
  await must(['gcc', '-O1', '-Wall', '-Wextra', '-Werror', '-Wno-missing-field-initializers', ...sources, '-o', agent]);
});

test.after.always('the daemon ends in order, and found no fault in itself', async (t) => {
  t.is(await served.stop(), 0, served.log);
  t.notRegex(served.log, /Cannot serve|Worker/);
});

/** How often a case is run again before its difference counts. */
const TRIES = 5;

/**
 * What differs each time. The kernel does not wait until a file's release has been answered when it is closed, so that a
 * step may still find it open, the likelier the busier the machine is.
 */
async function lasting(bare: string, mounted: string, suspects: readonly Case[]): Promise<string[]> {
  let cases = suspects;
  let differences: string[] = [];
  for (let attempt = 0; attempt < TRIES && cases.length > 0; attempt++) {
    const [bareAgain, mountedAgain] = [join(bare, `again-${attempt}`), join(mounted, `again-${attempt}`)];
    for (const place of [bareAgain, mountedAgain]) mkdirSync(place);
    const expected = await runCases(agent, bareAgain, cases);
    const found = await runCases(agent, mountedAgain, cases);
    differences = differencesOf(cases, expected, found);
    cases = differing(cases, expected, found);
  }
  return differences;
}

for (const [family, make] of Object.entries({
  opening: openingCases,
  attributes: attributeCases,
  names: nameCases,
  files: fileCases,
})) {
  testAsRoot(`${family}: every operation does on the mount what it does on the bare filesystem`, async (t) => {
    const cases = make();
    const [bare, mounted] = [join(served.work, `bare-${family}`), join(served.mountpoint, family)];
    for (const place of [bare, mounted]) mkdirSync(place);
    const expected = await runCases(agent, bare, cases);
    const found = await runCases(agent, mounted, cases);
    t.log(`${cases.length} cases, ${expected.flat().length} results`);
    const differences = await lasting(bare, mounted, differing(cases, expected, found));
    t.deepEqual(differences.slice(0, 40), [], `${differences.length} differences`);
  });
}

import { execa } from 'execa';
import type { Case } from './case.js';
import { known } from './known.js';

/** Runs cases in a directory; returns the lines that each printed, one a step. */
export async function runCases(agent: string, directory: string, cases: readonly Case[]): Promise<string[][]> {
  const script = cases.flatMap(({ steps }, index) => [`case ${index}`, ...steps]);
  const { stdout } = await execa(agent, [directory], { input: `${script.join('\n')}\n`, encoding: 'latin1' });
  const lines = stdout.split('\n');
  if (lines.length !== script.length) throw new Error(`${script.length} steps gave ${lines.length} lines`);
  let at = 0;
  return cases.map(({ steps }) => {
    const from = at + 1;
    at = from + steps.length;
    return lines.slice(from, at);
  });
}

/** What differs and is not known to: the case and, for each such step, the two results. */
export function differencesOf(
  cases: readonly Case[],
  expected: readonly (readonly string[])[],
  found: readonly (readonly string[])[],
): string[] {
  return cases.flatMap(({ title, steps }, index) => {
    const [wanted, got] = [expected[index]!, found[index]!];
    const differing = steps
      .map((step, line) => ({ step, bare: wanted[line], mount: got[line] }))
      .filter(({ bare, mount }) => bare !== mount)
      .map(({ step, bare, mount }) => `  ${step}: bare ${bare} | mount ${mount}`)
      .filter((row) => !known.some(({ where }) => where.test(`${title}\n${row}`)));
    return differing.length === 0 ? [] : [`${title}\n${differing.join('\n')}`];
  });
}

/** The cases of {@link differencesOf}. */
export function differing(
  cases: readonly Case[],
  expected: readonly (readonly string[])[],
  found: readonly (readonly string[])[],
): Case[] {
  return cases.filter((each, index) => differencesOf([each], [expected[index]!], [found[index]!]).length > 0);
}

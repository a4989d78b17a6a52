import type { Command } from 'commander';

export const EXIT_STATUS = `Exit status:
  0  done
  1  failed
  2  wrong usage
  3  partly done; the rest will be retried`;

/** What is told of a verb besides its usage and options. */
export interface Explanation {
  readonly examples: readonly string[];
  /** What its words and numbers mean, in lines of at most 100 characters. */
  readonly more?: string;
}

const explanations = new WeakMap<Command, Explanation>();

/**
 * What stands below the options in the help of a verb: examples and, where it says more, the meaning of what is
 * printed.
 */
export function explain(command: Command, examples: readonly string[], more?: string): void {
  const shown = `Example${examples.length > 1 ? 's' : ''}:\n${examples.map((example) => `  ${example}`).join('\n')}`;
  command.addHelpText('after', `\n${[more, shown, EXIT_STATUS].filter((part) => part !== undefined).join('\n\n')}`);
  explanations.set(command, { examples, ...(more === undefined ? {} : { more }) });
}

/** What {@link explain} was told; every verb is explained. */
export function explanationOf(command: Command): Explanation {
  const explanation = explanations.get(command);
  if (!explanation) throw new Error(`Verb "${command.name()}" is not explained`);
  return explanation;
}

/** A volume is given by its source, or by what it is mounted on. */
export const SOURCE_HELP = 'directory that was mounted, or its mountpoint';

/** Options of every verb that works on a volume. */
export interface VolumeOptions {
  readonly stateDir?: string;
}

/** Adds what every verb takes that works on a volume. */
export function withStateDir(command: Command): Command {
  return command.option('--state-dir <dir>', "folder of the volume's state (default: <source>/.markerfs)");
}

import type { Command } from 'commander';
import { type Explanation, explanationOf } from './help.js';

/** The commander definition of the program as completion and the man page need it: one entry for the program and each verb. */

export interface OptionOutline {
  /** As they are typed: `-f`, `--foreground`. */
  readonly names: readonly string[];
  /** As the help shows it: `--slave <name>`. */
  readonly flags: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** The values that it takes, where these are few. */
  readonly choices: readonly string[];
}

export interface ArgumentOutline {
  readonly name: string;
  readonly description: string;
  /** The values that it takes, where these are few. */
  readonly choices: readonly string[];
}

export interface VerbOutline {
  /** From the program's name on: `['markerfs', 'slave', 'add']`. */
  readonly words: readonly string[];
  readonly description: string;
  /** What follows the words: `[options] <source>`. */
  readonly usage: string;
  readonly arguments: readonly ArgumentOutline[];
  readonly options: readonly OptionOutline[];
  /** The verbs that may follow. */
  readonly verbs: readonly { readonly name: string; readonly description: string }[];
  readonly explanation: Explanation;
}

/** The program, then its verbs, each before its own. */
export function outline(command: Command, above: readonly string[] = []): VerbOutline[] {
  const words = [...above, command.name()];
  const help = command.createHelp();
  const verbs = help.visibleCommands(command);
  const own: VerbOutline = {
    words,
    description: command.description(),
    usage: command.usage(),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      description: help.argumentDescription(argument),
      choices: argument.argChoices ?? [],
    })),
    options: help.visibleOptions(command).map((option) => ({
      names: [option.short, option.long].filter((name) => name !== undefined),
      flags: option.flags,
      description: help.optionDescription(option),
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
    verbs: verbs.map((verb) => ({ name: verb.name(), description: verb.description() })),
    explanation: explanationOf(command),
  };
  return [own, ...verbs.flatMap((verb) => outline(verb, words))];
}

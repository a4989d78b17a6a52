import { type Command, Option } from 'commander';
import { UserError } from '../volume/errors.js';
import {
  describeSetting,
  readSetting,
  SETTING_NAMES,
  type SettingsChange,
  type SlaveSettings,
  showSetting,
} from '../volume/slave-settings.js';

/** Adds an option for each setting of a slave. */
export function withSettings(command: Command): Command {
  for (const name of SETTING_NAMES) {
    const { option, what } = describeSetting(name);
    const gather = (text: string, before: readonly string[] = []): string[] => [...before, text];
    command.option(`--${option} <value>`, what, gather);
  }
  return command;
}

/** What these options set. UserError where a value makes no sense. */
export function settingsOf(options: Readonly<Record<string, unknown>>): SlaveSettings {
  const changes = SETTING_NAMES.map((name) => {
    const { option } = describeSetting(name);
    const texts = options[new Option(`--${option} <value>`).attributeName()];
    return Array.isArray(texts) ? readSetting(option, texts as string[]) : {};
  });
  return Object.assign({}, ...changes) as SlaveSettings;
}

/** What `option=value` words set: several of one option together, and `option=` takes it back. UserError. */
export function readSettings(words: readonly string[]): SettingsChange {
  const texts = new Map<string, string[]>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 1)
      throw new UserError(`Cannot set "${word}" of a slave: wanted a setting and its value, such as jobs=2`, 2);
    const option = word.slice(0, at);
    texts.set(option, [...(texts.get(option) ?? []), ...(at + 1 < word.length ? [word.slice(at + 1)] : [])]);
  }
  return Object.assign({}, ...[...texts].map(([option, values]) => readSetting(option, values))) as SettingsChange;
}

/** The same backwards, of all that is set. */
export function showSettings(settings: SlaveSettings): string[] {
  return SETTING_NAMES.flatMap((name) =>
    showSetting(settings, name).map((text) => `${describeSetting(name).option}=${text}`),
  );
}

/** What each setting is, and below it what it may be, for help. */
export function settingsHelp(): string {
  const rows = SETTING_NAMES.map(describeSetting);
  const width = Math.max(...rows.map(({ option }) => option.length)) + 2;
  return rows
    .map(({ option, what, wanted }) => `  ${option.padEnd(width)}${what}:\n  ${' '.repeat(width)}${wanted}`)
    .join('\n');
}

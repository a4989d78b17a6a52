import type { DeleteLimit } from './delete-limit.js';
import { UserError } from './errors.js';
import { age, count, deletes, duration, type Field, file, flag, kibibytes, patterns } from './setting-kinds.js';

/**
 * What the user has set for one slave; what is not set goes as it always goes. Kept as JSON in state.db, where fields of
 * a newer markerfs stay as they are.
 *
 * A new setting is a field here and a row in {@link FIELDS}, no new schema.
 */
export interface SlaveSettings {
  /** Most rsyncs at once in one pass. */
  readonly jobs?: number;
  /** Most that its rsyncs send together, KiB a second. */
  readonly bwlimitKiB?: number;
  /** Content is compressed on its way. */
  readonly compress?: boolean;
  /** Files of this size are written where they are, not beside and then renamed. */
  readonly inplaceKiB?: number;
  /** An rsync that gets no further, or another machine that is silent, for so long is given up, and the pass fails. */
  readonly timeoutMs?: number;
  /** A pass that would delete more of it at once fails before it does. */
  readonly maxDelete?: DeleteLimit;
  /** What the source has no more stays on it. */
  readonly keepDeletes?: boolean;
  /** A file that somebody wrote to not longer ago than this waits, */
  readonly settleMs?: number;
  /** but no longer than this after its first change that is not on the slave; ten times as long where it is not set. */
  readonly maxDelayMs?: number;
  /** Old versions are kept for so long, thinned. */
  readonly keepVersionsMs?: number;
  /** Absolute path of a file with the password for an rsync daemon. */
  readonly passwordFile?: string;
  /** Behind ssh there is rsync, and nothing of markerfs. */
  readonly rsyncOnly?: boolean;
  /** Absolute path of a file with patterns of what is left out; they come before those of `exclude`. */
  readonly excludeFrom?: string;
  /** Patterns of what is left out, like those of gitignore(5). */
  readonly exclude?: readonly string[];
}

export type SettingName = keyof SlaveSettings;

type Values = Required<SlaveSettings>;

/** Settings to change; undefined takes a setting back. */
export type SettingsChange = { readonly [K in SettingName]?: SlaveSettings[K] | undefined };

const FIELDS: { readonly [K in keyof Values]: Field<Values[K]> } = {
  jobs: count('jobs', 'rsyncs at once in a pass', 64),
  bwlimitKiB: kibibytes('bwlimit', 'the most that is sent in a second'),
  compress: flag('compress', 'whether content is compressed on its way'),
  inplaceKiB: kibibytes('inplace', 'files of this size are written in place, without the room for a second one'),
  timeoutMs: duration('timeout', 'how long an rsync may stand still, or another machine be silent'),
  maxDelete: deletes('max-delete', 'the most objects that a pass deletes at once'),
  keepDeletes: flag('keep-deletes', 'whether what is deleted on the source stays on the slave'),
  settleMs: duration('settle', 'how long nobody may have written to a file before it is shipped'),
  maxDelayMs: duration(
    'max-delay',
    'how long a file waits at most for that, from its first change on; ten times settle',
  ),
  keepVersionsMs: age('keep-versions', 'how long what a pass replaces or deletes is kept, thinned'),
  passwordFile: file('password-file', 'password for an rsync daemon, which nobody else may read'),
  rsyncOnly: flag('rsync-only', 'behind ssh there is rsync, and nothing of markerfs'),
  excludeFrom: file('exclude-from', 'file with patterns of what is left out, one a line, read by each pass'),
  exclude: patterns('exclude', 'what is left out, as in .gitignore; "!" takes in again; may be repeated'),
};

/** All there are, in the order in which they are shown. */
export const SETTING_NAMES = Object.keys(FIELDS) as SettingName[];

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(FIELDS, name);
}

function checkValues(slave: string, settings: object): void {
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined || !isSettingName(name) || FIELDS[name].isValid(value)) continue;
    const { option, wanted } = FIELDS[name];
    throw new UserError(
      `Cannot use setting "${option}" of slave "${slave}": it is ${JSON.stringify(value)}, wanted ${wanted}`,
    );
  }
}

/** UserError where two settings exclude each other. */
function checkTogether(slave: string, { inplaceKiB, keepVersionsMs, settleMs, maxDelayMs }: SlaveSettings): void {
  if (inplaceKiB !== undefined && keepVersionsMs !== undefined)
    throw new UserError(
      `Cannot use settings "inplace" and "keep-versions" of slave "${slave}" together: what is written in place leaves no old version; leave one of them out`,
    );
  if (settleMs !== undefined && maxDelayMs !== undefined && maxDelayMs < settleMs)
    throw new UserError(
      `Cannot use settings "settle" and "max-delay" of slave "${slave}" together: max-delay is the longer time; set it so`,
    );
}

/**
 * The settings of state.db's text. Fields of a newer markerfs are in the object too, for {@link changeSettings} to keep.
 * UserError where a value makes no sense.
 */
export function parseSettings(slave: string, json: string): SlaveSettings {
  const settings = JSON.parse(json) as SlaveSettings;
  checkValues(slave, settings);
  return settings;
}

/** The text for state.db after a change of what it holds. UserError where a value makes no sense. */
export function changeSettings(slave: string, json: string, change: SettingsChange): string {
  checkValues(slave, change);
  const settings = { ...parseSettings(slave, json), ...change } as SlaveSettings;
  checkTogether(slave, settings);
  // It leaves out what is undefined.
  return JSON.stringify(settings);
}

/** What a setting is, for people. */
export function describeSetting(name: SettingName): Pick<Field<unknown>, 'option' | 'what' | 'wanted' | 'isPath'> {
  return FIELDS[name];
}

/**
 * A change of one setting as a person types it: its option, and its texts, or none to take it back. UserError where
 * there is no such setting, or it cannot be that.
 */
export function readSetting(option: string, texts: readonly string[]): SettingsChange {
  const name = SETTING_NAMES.find((known) => FIELDS[known].option === option);
  if (name === undefined)
    throw new UserError(
      `Cannot set "${option}" of a slave: there is no such setting; there are ${SETTING_NAMES.map((known) => FIELDS[known].option).join(', ')}`,
      2,
    );
  if (texts.length === 0) return { [name]: undefined };
  const value = FIELDS[name].parse(texts);
  if (value !== undefined) return { [name]: value };
  const typed = texts.map((text) => `"${text}"`).join(', ');
  throw new UserError(`Cannot set "${option}" of a slave to ${typed}: wanted ${FIELDS[name].wanted}`, 2);
}

/** The texts that set a setting as it is; none where it is not set. */
export function showSetting<K extends SettingName>(settings: SlaveSettings, name: K): string[] {
  const value: unknown = settings[name];
  const field: Field<Values[K]> = FIELDS[name];
  return field.isValid(value) ? field.format(value) : [];
}

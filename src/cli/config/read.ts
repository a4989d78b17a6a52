import fs from 'node:fs';
import path from 'node:path';
import { targetFor } from '../../slave/places.js';
import { checkSlaveName } from '../../slave/registry.js';
import { durationMs } from '../../volume/duration.js';
import { causeAndCure, errorCause, errorCode, UserError } from '../../volume/errors.js';
import { describeSetting, readSetting, SETTING_NAMES, type SlaveSettings } from '../../volume/slave-settings.js';
import { type Commands, parseHook } from '../hook-command.js';
import { type MountSettings, mountSettings } from '../mount-settings.js';
import { absolutePath, causeOf, Keys, refuse, tableOf, text, typed, yesOrNo } from './keys.js';
import type { Config, Problem, SlaveConfig, VolumeConfig } from './model.js';
import { parseToml, TomlError, type TomlTable, type TomlValue } from './toml.js';

const DEFAULT_INTERVAL_MS = 60_000;

/** The file's text; UserError where it cannot be read. */
export function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const isMissing = errorCode(error) === 'ENOENT';
    const cause = isMissing
      ? `${errorCause(error)}; see "markerfs config --help" for what it holds`
      : causeAndCure(error);
    throw new UserError(`Cannot read configuration "${file}": ${cause}`, 1, { cause: error });
  }
}

/** What a file says, and all that is wrong with it, in the order of its lines. UserError where it cannot be read. */
export function lookAt(file: string): { config: Config; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const absolute = path.resolve(file);
  const textOfFile = readText(absolute);
  let volumes: VolumeConfig[] = [];
  try {
    volumes = readVolumes(parseToml(textOfFile), problems);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    problems.push({ line: error.line, message: error.message });
  }
  return { config: { file: absolute, volumes }, problems: problems.sort((one, other) => one.line - other.line) };
}

/** What a file says. UserError (wrong usage) names the first line that is wrong. */
export function readConfig(file: string): Config {
  const { config, problems } = lookAt(file);
  const [first, ...more] = problems;
  if (!first) return config;
  const rest = more.length > 0 ? `; and ${more.length} more, see: markerfs config check "${config.file}"` : '';
  throw new UserError(`${problemLine(config.file, first)}${rest}`, 2);
}

/** A problem for people. */
export function problemLine(file: string, { line, message }: Problem): string {
  return `Cannot use configuration "${file}": line ${line}: ${message}`;
}

function readVolumes(root: TomlTable, problems: Problem[]): VolumeConfig[] {
  const keys = new Keys(root, 'the file', problems);
  const tables = keys.take('volume', (value) => {
    const items = value.kind === 'list' ? value.items : refuse('[[volume]], with two brackets');
    return items.map(tableOf);
  });
  keys.end();
  if (tables === undefined && !root.entries.has('volume')) keys.wrong(1, 'it lists no [[volume]]');
  const volumes = (tables ?? []).map((table) => readVolume(table, problems));
  for (const key of ['source', 'mountpoint'] as const) refuseTwice(volumes, key, problems);
  return volumes;
}

function refuseTwice(volumes: readonly VolumeConfig[], key: 'source' | 'mountpoint', problems: Problem[]): void {
  const lines = new Map<string, number>();
  for (const { line, ...volume } of volumes) {
    const place = path.resolve(volume[key]);
    const before = lines.get(place);
    if (before !== undefined && volume[key] !== '')
      problems.push({ line, message: `the volume of line ${before} has the ${key} "${place}" too` });
    lines.set(place, before ?? line);
  }
}

function readVolume(table: TomlTable, problems: Problem[]): VolumeConfig {
  const keys = new Keys(table, 'the volume', problems);
  const source = keys.need('source', absolutePath) ?? '';
  const mountpoint = keys.need('mountpoint', absolutePath) ?? '';
  const mount = keys.take('options', mountOptions) ?? mountSettings([]);
  const intervalMs = keys.take('interval', interval) ?? DEFAULT_INTERVAL_MS;
  const hooks = readHooks(keys);
  const slaves = keys.take('slave', tableOf)?.entries ?? new Map();
  keys.end();
  return {
    line: table.line,
    source,
    mountpoint,
    mount,
    hooks,
    slaves: [...slaves].map(([name, { line, value }]) => readSlave(name, line, value, intervalMs, problems)),
  };
}

function mountOptions(value: TomlValue): MountSettings {
  return mountSettings(typed(value));
}

function interval(value: TomlValue): number {
  return durationMs(text(value)) ?? refuse('a time like 30s, 5m or 1h, of 24 days at most');
}

function readHooks(keys: Keys): Commands {
  const onSuccess = keys.take('on-success', hook);
  const onFailure = keys.take('on-failure', hook);
  return { ...(onSuccess === undefined ? {} : { onSuccess }), ...(onFailure === undefined ? {} : { onFailure }) };
}

/** A program and its arguments: as the option takes them, or as a list, in which blanks are nothing special. */
function hook(value: TomlValue): string[] {
  const words = value.kind === 'list' ? typed(value) : parseHook(text(value));
  return words.length > 0 ? words : refuse('a program');
}

function readSlave(
  name: string,
  line: number,
  value: TomlValue,
  volumeIntervalMs: number,
  problems: Problem[],
): SlaveConfig {
  const table: TomlTable = value.kind === 'table' ? value : { kind: 'table', line, entries: new Map() };
  const keys = new Keys(table, `slave "${name}"`, problems);
  attempt(keys, `slave "${name}"`, line, () => checkSlaveName(name));
  const target = keys.need('target', targetOf) ?? '';
  const adopt = keys.take('adopt', yesOrNo) ?? false;
  const intervalMs = keys.take('interval', interval) ?? volumeIntervalMs;
  const settings: SlaveSettings = Object.assign({}, ...takeSettings(keys));
  keys.end();
  if (target !== '') attempt(keys, `slave "${name}"`, table.line, () => void targetFor(target, settings));
  return { line: table.line, name, target, adopt, intervalMs, settings };
}

/** Notes what is wrong with a slave as a whole. */
function attempt(keys: Keys, what: string, line: number, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    keys.wrong(line, `${what}: ${causeOf(error)}`);
  }
}

function targetOf(value: TomlValue): string {
  const target = text(value);
  return /^(?:\/|[^/]*:)/.test(target) ? target : refuse('an absolute path, or a place on another machine');
}

/** Every setting that there is for a slave is a key of that name. */
function takeSettings(keys: Keys): SlaveSettings[] {
  return SETTING_NAMES.map((name) => {
    const { option, isPath } = describeSetting(name);
    return keys.take(option, (value) => settingOf(option, isPath ? absoluteText(value) : value)) ?? {};
  });
}

function absoluteText(value: TomlValue): TomlValue {
  absolutePath(value);
  return value;
}

function settingOf(option: string, value: TomlValue): SlaveSettings {
  const texts = typed(value);
  if (texts.length === 0) refuse('a value; leave the key out where nothing is to be set');
  return readSetting(option, texts) as SlaveSettings;
}

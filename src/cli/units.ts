import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDirectories } from '../volume/directories.js';
import { causeAndCure, errorCode, UserError } from '../volume/errors.js';
import { markerfsMountsOf } from '../volume/mounts.js';
import { State } from '../volume/state.js';
import type { Volume } from '../volume/volume.js';
import { CONFIG_FILE } from './config/help.js';

/** A file to write. One that is the user's to edit is not written over. */
export interface UnitFile {
  readonly path: string;
  readonly text: string;
  readonly isUsers: boolean;
}

const TEMPLATES = fileURLToPath(new URL('../../../scripts/systemd', import.meta.url));
const PROGRAM = fileURLToPath(new URL('main.js', import.meta.url));
/** What the templates run. */
const INSTALLED = '/usr/local/bin/markerfs';

/** The files for a volume, and the commands that put them to use. UserError where it cannot be a service. */
export function unitsOf(
  volume: Volume,
  given: string | undefined,
  stateDir: string | undefined,
  etc: string,
): { files: UnitFile[]; commands: string[] } {
  const name = given ?? path.basename(volume.source);
  const refuse = (cause: string): never => {
    throw new UserError(`Cannot make a service of volume "${volume.source}": ${cause}`);
  };
  if (!/^[A-Za-z0-9:_.-]+$/.test(name)) refuse(`"${name}" is no name for one; give --name, of A-Z a-z 0-9 : _ . -`);
  // systemd takes SHIP_OPTIONS apart at blanks.
  if (/\s/.test(stateDir ?? '')) refuse(`its state folder "${stateDir}" has a blank in its name; move it`);
  const mountpoint = mountpointOf(volume) ?? refuse('it was never mounted; mount it once');
  const options = stateDir === undefined ? 'rw' : `rw,state-dir=${path.resolve(stateDir).replace(/[\\,]/g, '\\$&')}`;
  const ship = stateDir === undefined ? '' : `--state-dir=${path.resolve(stateDir)} `;
  const variables = {
    SOURCE: volume.source,
    MOUNTPOINT: mountpoint,
    OPTIONS: options,
    SHIP_OPTIONS: `${ship}--max-delete=10000`,
  };
  const text = Object.entries(variables).map(([key, value]) => `${key}=${quote(value, refuse)}\n`);
  const templates = fs.readdirSync(TEMPLATES).filter((file) => file.includes('@'));
  const units = templates.map((file) => unit(etc, file));
  const conf = { path: path.join(etc, 'markerfs', `${name}.conf`), text: text.join(''), isUsers: true };
  const start = `systemctl enable --now markerfs@${name}.service markerfs-ship@${name}.timer`;
  return { files: [...units, conf], commands: ['systemctl daemon-reload', start] };
}

/** The service for a configuration file, and the commands that put it to use. UserError where it cannot be in a unit. */
export function configUnit(file: string, etc: string): { files: UnitFile[]; commands: string[] } {
  const absolute = path.resolve(file);
  if (!/^[\w/.:+-]+$/.test(absolute))
    throw new UserError(
      `Cannot make a service of "${file}": its name has characters that mean something to systemd; rename it`,
    );
  const { path: at, text, isUsers } = unit(etc, 'markerfs.service');
  const files = [{ path: at, text: text.replaceAll(CONFIG_FILE, absolute), isUsers }];
  return { files, commands: ['systemctl daemon-reload', 'systemctl enable --now markerfs.service'] };
}

/** A unit of the same text for everybody, but for where the program is. */
function unit(etc: string, file: string): UnitFile {
  const text = fs.readFileSync(path.join(TEMPLATES, file), 'utf8').replaceAll(INSTALLED, programLine());
  return { path: path.join(etc, 'systemd/system', file), text, isUsers: false };
}

/** Where it is mounted, or was last. */
function mountpointOf(volume: Volume): string | undefined {
  const [mount] = markerfsMountsOf(volume.source);
  if (mount) return mount.mountpoint;
  const state = State.open(volume);
  try {
    return state.sessions.lastSession()?.mountpoint;
  } finally {
    state.close();
  }
}

/** The program as it is installed, or else as it runs now. */
function programLine(): string {
  try {
    if (fs.realpathSync(INSTALLED) === fs.realpathSync(PROGRAM)) return INSTALLED;
  } catch {
    // It is not installed there.
  }
  return `${process.execPath} ${PROGRAM}`;
}

/** A value in an environment file of systemd. */
function quote(value: string, refuse: (cause: string) => never): string {
  if (/[\n\r]/.test(value)) refuse(`"${value}" has a line break in its name`);
  return /^[\w/.,:=+-]+$/.test(value) ? value : `"${value.replace(/["\\`$]/g, '\\$&')}"`;
}

/** Writes the files; answers those that are the user's and were there. */
export function writeUnits(files: readonly UnitFile[]): string[] {
  return files.filter((file) => !write(file)).map((file) => file.path);
}

function write({ path: file, text, isUsers }: UnitFile): boolean {
  try {
    makeDirectories(path.dirname(file), 0o755);
    fs.writeFileSync(file, text, { flag: isUsers ? 'wx' : 'w' });
    return true;
  } catch (error) {
    if (isUsers && errorCode(error) === 'EEXIST') return false;
    throw new UserError(`Cannot write "${file}": ${causeAndCure(error)}`, 1, { cause: error });
  }
}

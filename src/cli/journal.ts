import { type Command, InvalidArgumentError } from 'commander';
import type { JournalRecord } from '../journal/record.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say, sayJson } from './say.js';
import { endSignal } from './signals.js';

interface JournalOptions extends VolumeOptions {
  readonly since: number;
  readonly follow?: true;
  readonly json?: true;
}

/** `markerfs journal <source>` */
export function addJournal(program: Command): void {
  const command = program
    .command('journal')
    .description('print what changed, in order')
    .argument('<source>', SOURCE_HELP)
    .option('--since <sequence>', 'only records after this one', parseSequence, 0)
    .option('--follow', 'go on with new records until SIGINT or SIGTERM')
    .option('--json', 'print one object a line')
    .action(journal);
  withStateDir(command);
  explain(
    command,
    ['markerfs journal /data', 'markerfs journal /data --since 1200 --follow --json'],
    `A line: sequence, time, operation, path, and for rename, exchange and link the second path. Names
are shown with escapes (\\n, \\xff). An operation "gap" says that records were lost before it: the
next pass of each slave walks the marks instead.

JSON: { sequence, timeUs, epoch, operation, dev, ino, path, path2 }; ino is a string of digits; a
name that is not valid UTF-8 comes also as pathBase64, path2Base64.`,
  );
}

function parseSequence(text: string): number {
  const sequence = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(sequence)) return sequence;
  throw new InvalidArgumentError('wanted a whole number, as "markerfs journal" prints it.');
}

async function journal(source: string, options: JournalOptions): Promise<void> {
  const [volumes, { JournalReader }, { followRecords }, { recordJson, recordLine }] = await Promise.all([
    import('../volume/volume.js'),
    import('../journal/reader.js'),
    import('../journal/follow.js'),
    import('./records.js'),
  ]);
  const { stateDir } = volumes.openVolume(source, options.stateDir);
  const print = (record: JournalRecord): void => {
    if (options.json) sayJson(recordJson(record));
    else say(recordLine(record));
  };
  if (options.follow) {
    for await (const record of followRecords(stateDir, options.since, endSignal())) print(record);
    return;
  }
  const reader = JournalReader.need(stateDir);
  for (const record of reader.readLeft(options.since, reader.head)) print(record);
  reader.close();
}

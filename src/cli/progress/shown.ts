import type { Xtime } from '../../marker/mark.js';
import type { Glance } from '../../ship/glance.js';
import { Outlook } from '../../ship/report/outlook.js';
import type { BytePath } from '../../slave/path.js';
import { ownPasses, type Progress } from '../../volume/progress.js';
import type { Volume } from '../../volume/volume.js';
import type { Shown } from './view.js';

/** The passes that this process has under way. */
export function shownPasses(volume: Volume): Shown[] {
  return ownPasses(volume).map((progress) => ({
    doing: {
      what: `${progress.slave}: ${progress.crawl}`,
      startedMs: progress.startedUs / 1000,
      done: doneBy(progress),
      deleted: progress.deleted,
      path: progress.list?.path,
    },
    outlook: () => new Outlook(volume, progress.sinceUs),
  }));
}

/** What arrived, and as much of what rsync has in hand as it has gone through. */
function doneBy({ objects, content, list }: Progress): { objects: number; bytes: number } {
  if (!list) return { objects, bytes: content };
  const share = list.bytes > 0 ? Math.min(list.sent / list.bytes, 1) : 0;
  return { objects: objects + Math.floor(list.objects * share), bytes: content + list.sent };
}

/** A dry run under way. */
export interface Rehearsed {
  readonly slave: string;
  readonly sinceUs: Xtime;
  readonly startedMs: number;
  readonly glance: Readonly<Glance>;
}

export function shownRehearsal(volume: Volume, { slave, sinceUs, startedMs, glance }: Rehearsed): Shown {
  const what = `${slave}: dry run`;
  return { doing: doingBy(what, startedMs, glance), outlook: () => new Outlook(volume, sinceUs, { share: 0 }) };
}

/** Something that looks at everything at and below a path of the source, and reads this share of the content, 0 to 1. */
export function shownLook(
  volume: Volume,
  what: string,
  startedMs: number,
  glance: Readonly<Glance>,
  all: { readonly top?: BytePath; readonly share?: number } = {},
): Shown {
  return { doing: doingBy(what, startedMs, glance), outlook: () => new Outlook(volume, 0, all) };
}

function doingBy(what: string, startedMs: number, { objects, bytes, path }: Readonly<Glance>): Shown['doing'] {
  return { what, startedMs, done: { objects, bytes }, path: path === '' ? undefined : path };
}

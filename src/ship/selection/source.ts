import type { BytePath } from '../../slave/path.js';
import { join } from '../../slave/path.js';
import type { Entry, ObjectId } from '../../slave/slave.js';
import { unlessDenied } from '../failures/denied.js';
import type { Listed, Marks, Source } from '../source.js';
import { isDirectory } from '../transfer/units.js';
import type { Selection } from './selection.js';

/** A source without what a slave is not to have: as if that were not there. */
export class SelectedSource implements Source {
  constructor(
    readonly all: Source,
    readonly selection: Selection,
  ) {}

  forget(): void {
    this.all.forget();
  }

  lstat(path: BytePath): Entry | undefined {
    const entry = this.all.lstat(path);
    return entry && this.selection.excludes(path, isDirectory(entry)) ? undefined : entry;
  }

  list(path: BytePath): Listed[] | undefined {
    const { all, selection } = this;
    if (selection.isEverything) return all.list(path);
    if (selection.excludes(path, true)) return undefined;
    return all.list(path)?.filter(({ name, isDirectory }) => {
      const inner = join(path, name);
      if (isDirectory !== undefined) return !selection.excludes(inner, isDirectory);
      return selection.dependsOnKind(inner) ? this.lstat(inner) : !selection.excludes(inner, false);
    });
  }

  hasHoles(path: BytePath, size: bigint): boolean {
    return this.all.hasHoles(path, size);
  }

  marks(path: BytePath): Marks {
    return this.all.marks(path);
  }

  findNames(objects: ReadonlySet<ObjectId>): BytePath[] {
    return this.all.findNames(objects).filter((path) => !this.selection.excludes(path, false));
  }

  flush(): void {
    this.all.flush();
  }
}

/** Whether what the source has at a path is left out; or would be, whatever it was, where it has nothing there. */
export function leavesOut({ all, selection }: Source, path: BytePath): boolean {
  if (selection.isEverything) return false;
  if (!selection.dependsOnKind(path)) return selection.excludes(path, false);
  const entry = unlessDenied(() => all.lstat(path));
  return entry !== undefined && selection.excludes(path, isDirectory(entry));
}

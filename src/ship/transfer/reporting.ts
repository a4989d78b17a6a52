import type { ProgressNote } from '../../volume/progress.js';
import type { PutResult, Transfer } from './transfer.js';
import { contentOf, type Unit } from './units.js';

/** A transfer that says what it has in hand and how far it is. A list that ends the pass stays in hand. */
export class ReportingTransfer implements Transfer {
  constructor(
    private readonly inner: Transfer,
    private readonly note: ProgressNote,
  ) {}

  get jobs(): number {
    return this.inner.jobs;
  }

  get hugeBytes(): number | undefined {
    return this.inner.hugeBytes;
  }

  async put(units: readonly Unit[], inPlace: boolean, backup?: string): Promise<PutResult> {
    const { note } = this;
    const items = units.flatMap((unit) => unit.items);
    const list = note.begin({ objects: items.length, bytes: contentOf(units), path: items[0]!.path });
    const result = await this.inner.put(units, inPlace, backup, (sent) => note.sending(list, sent));
    note.finish(list, result.verdict === 'partial' ? 0 : items.length, result.bytes);
    return result;
  }

  putRoot(): Promise<PutResult> {
    return this.inner.putRoot();
  }
}

import { closeSync, openSync, writeSync } from 'node:fs';
import { Sqlite } from '../../src/volume/sqlite.js';

/** Destroys the root page of a table or index, so that SQLite finds out only when it looks there. */
export function destroyPage(file: string, name: string): void {
  const db = new Sqlite(file);
  const root = db.prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(name)!;
  const size = db.pragma('page_size', { simple: true }) as number;
  db.close();
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.alloc(size, 0xee), 0, size, (root - 1) * size);
  closeSync(fd);
}

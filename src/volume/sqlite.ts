import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';

export type { Database, Statement } from 'better-sqlite3';

/** The first Node-API that better-sqlite3 13 can do with; Node 22.14 has it. */
const NODE_API = 10;

/**
 * better-sqlite3, the release that this Node can run, loaded here and nowhere else. Release 13 is built on Node-API 10
 * and does not run on Node 20; release 12 does, but Node 24.19 and later abort when they collect one of its statements.
 */
const release = Number(process.versions.napi) >= NODE_API ? 'better-sqlite3-13' : 'better-sqlite3';

export const Sqlite = createRequire(import.meta.url)(release) as typeof BetterSqlite3;

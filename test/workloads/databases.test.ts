import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { must, script, type User } from '../support/run.js';
import { Served } from '../support/served.js';
import { testAsRoot } from '../support/users.js';

let served: Served;

test.before(async () => {
  served = await Served.start();
});

test.after.always('the daemon ends in order, and found no fault in itself', async (t) => {
  t.is(await served?.stop(), 0, served?.log);
  t.notRegex(served.log, /Cannot serve|Worker/);
});

const WRITERS = 4;
const TRANSACTIONS = 50;

/** Each row of a writer refers to its last one, so that what is lost or torn shows. */
const SQLITE = `
cd "$1"
sqlite3 bank.db "pragma journal_mode=$2; create table rows (writer int, number int, body blob, primary key (writer, number));
  create index by_body on rows (body);" >/dev/null
for ((writer = 0; writer < $3; writer++)); do
  for ((number = 1; number <= $4; number++)); do
    echo "begin immediate; insert into rows select $writer, coalesce(max(number), 0) + 1, randomblob(1000) from rows where writer = $writer; commit;"
  done | sqlite3 -bail -cmd '.timeout 60000' bank.db &
  writers+=($!)
done
for pid in "\${writers[@]}"; do wait "$pid"; done
sqlite3 bank.db 'pragma journal_mode; pragma integrity_check; select count(*), count(distinct writer), max(number) from rows;'`;

async function keepsWhatManyWrite(t: ExecutionContext, mode: 'wal' | 'delete'): Promise<void> {
  const folder = join(served.mountpoint, mode);
  mkdirSync(folder);
  const said = await script(SQLITE, [folder, mode, String(WRITERS), String(TRANSACTIONS)]);
  t.is(said, `${mode}\nok\n${WRITERS * TRANSACTIONS}|${WRITERS}|${TRANSACTIONS}`);
}

test('SQLite with a write-ahead log keeps what several processes write', (t) => keepsWhatManyWrite(t, 'wal'));
test('SQLite with a rollback journal keeps what several processes write', (t) => keepsWhatManyWrite(t, 'delete'));

/** Checks all B-trees, and that every row of a table is in its indexes. */
const CHECK_INDEXES = `
create extension if not exists amcheck;
select count(bt_index_check(c.oid, true)), count(bt_index_parent_check(c.oid, true, true)) from pg_index i
  join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
  where a.amname = 'btree' and c.relpersistence = 'p' and i.indisready and i.indisvalid;`;

/** Starts a cluster, works it, kills it in the middle of more work, has it recover, and checks it, all as its user. */
const POSTGRES = `
bin=$(echo /usr/lib/postgresql/*/bin)
export PATH=\${bin##* }:$PATH PGHOST=$1 PGDATA=$1/data PGDATABASE=postgres
cd "$1"
start() { pg_ctl -s -w -l "$1/log" -o "-k '$1' -c listen_addresses=" start; }
initdb -k -A trust -N >/dev/null
start "$1"
trap 'pg_ctl -s -m immediate stop || true; tail -n 20 "$1/log" >&2' EXIT
pgbench -i -q -s 2 2>/dev/null >/dev/null
pgbench -n -c 4 -j 2 -t 150 >/dev/null 2>&1
psql -qAt -c 'select sum(abalance) - (select sum(delta) from pgbench_history), (select count(*) from pgbench_history) from pgbench_accounts'
pgbench -n -c 4 -j 2 -t 100000 >/dev/null 2>&1 &
until (($(psql -qAt -c 'select count(*) from pgbench_history') > 700)); do :; done
pg_ctl -s -m immediate stop
wait || true
start "$1"
psql -qAt -c 'select sum(abalance) - (select sum(delta) from pgbench_history) from pgbench_accounts'
psql -qAt -c "$2" | awk -F'|' '$1 > 100 && $1 == $2 { print "indexes are sound" }'
pg_ctl -s -m fast stop
trap - EXIT
pg_checksums --check | grep -i 'bad checksums'`;

testAsRoot('PostgreSQL works, recovers from a crash, and all its indexes and checksums are right', async (t) => {
  const ids = await Promise.all(['-u', '-g'].map((flag) => must(['id', flag, 'postgres'])));
  const user: User = { uid: Number(ids[0]), gid: Number(ids[1]), groups: [] };
  const folder = join(served.mountpoint, 'pg');
  mkdirSync(folder);
  chownSync(folder, user.uid, user.gid);
  const said = await script(POSTGRES, [folder, CHECK_INDEXES], { as: user, cwd: '/', env: { HOME: folder } });
  t.deepEqual(said.split('\n'), ['0|600', '0', 'indexes are sound', 'Bad checksums:  0']);
});

import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { folderPlace } from '@sluice/backup'
import { acquireServer, dropDatabase, withSession } from '@sluice/postgres'
import { postgresTools } from '@sluice/postgres/testing'
import { restoreDatabase, saveDatabase } from '@sluice/warehouse/backup'
import { type Measure, measure, median, noBar, pairs, type Side, timed, timesLimit } from '../measure.ts'
import { processorTime } from '../processor-time.ts'
import { scratchFolder, undo } from '../scratch.ts'
import { backupMegabytes, rounds, scaled } from '../settings.ts'

/** Tables alike, so that two sessions share the work. */
const tables = 4
/** Of heap, at about 200 bytes a row. */
const rowsOfMegabyte = 5_000

/**
 * A logical backup and its restore, beside `pg_dump -Fd -j2` and `pg_restore -j2` of the same server, by the clock and in the processor
 * time of client and server. A restore of ours leaves tables with statistics: behind `pg_restore` there is the ANALYZE of its manual.
 * Without those tools there is no limit.
 */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('backup')
  const tools = postgresTools()
  if (tools === undefined) progress('no PostgreSQL of the system with pg_dump: our figures stand alone')
  // The tools dump their own version: the server is that of the system where there is one.
  const server = await acquireServer({ dir: join(scratch.dir, 'postgres'), ...(tools === undefined ? {} : { bindir: tools.bindir }) })
  await using _ = undo(() => server.stop())
  const adminUrl = server.url('postgres')
  const rows = Math.ceil(scaled(backupMegabytes() * rowsOfMegabyte) / tables)
  progress(`making ${tables} tables of ${rows} rows`)
  const url = server.url('saved')
  await withSession(adminUrl, (session) => session.query('create database saved'))
  await withSession(url, (session) => session.query(schema(rows)))

  const ours = join(scratch.dir, 'ours')
  const theirs = join(scratch.dir, 'theirs')
  const place = folderPlace(ours)
  const save = async () => await saveDatabase({ url, place, version: 'bench' })
  const clear = (folder: string) => () => rm(folder, { recursive: true, force: true })
  const drop = (name: string) => () => dropDatabase(adminUrl, name)
  let manifest = await save()
  const oursSaved = {
    before: clear(ours),
    run: async () => {
      manifest = await save()
    },
  }
  const oursRestored = { run: () => restoreDatabase({ place, manifest, adminUrl, into: 'ours', compare: false }), after: drop('ours') }
  const megabytes = manifest.tables.reduce((sum, { file }) => sum + file.plainBytes, 0) / 1e6
  if (tools === undefined) {
    const saved: number[] = []
    const restored: number[] = []
    for (let round = 0; round < rounds(3); round++) {
      await oursSaved.before()
      saved.push(await timed(oursSaved.run))
      restored.push(await timed(oursRestored.run))
      await oursRestored.after()
    }
    return [
      measure('backup', median(saved), 'ms', noBar),
      measure('restore', median(restored), 'ms', noBar),
      measure('rows as text', megabytes, 'MB', noBar),
    ]
  }
  const tool = (name: string, ...args: readonly string[]) => ran(join(tools.bindir, name), args)
  progress('backup')
  const theirsSaved = { before: clear(theirs), run: () => tool('pg_dump', '-Fd', '-j2', '-f', theirs, '-d', url) }
  const used = { saved: [[], []], restored: [[], []] } as { readonly [what in 'saved' | 'restored']: readonly [number[], number[]] }
  const counting = (side: Side, into: number[]): Side => ({
    ...side,
    run: async () => void into.push(await processorTime(side.run, [process.pid, server.pid])),
  })
  const saved = await pairs(rounds(3), counting(oursSaved, used.saved[0]), counting(theirsSaved, used.saved[1]))
  progress('restore')
  const theirsRestored = {
    run: async () => {
      await withSession(adminUrl, (session) => session.query('create database theirs'))
      await tool('pg_restore', '-j2', '-d', server.url('theirs'), theirs)
      await withSession(server.url('theirs'), (session) => session.query('analyze'))
    },
    after: drop('theirs'),
  }
  const restored = await pairs(rounds(3), counting(oursRestored, used.restored[0]), counting(theirsRestored, used.restored[1]))
  progress('restore, compared')
  const compared = await timed(() => restoreDatabase({ place, manifest, adminUrl, into: 'ours' }))
  return [
    measure('backup', saved.ours, 'ms', timesLimit(1.3), saved.raw),
    measure('backup, in processor time', median(used.saved[0]), 'ms', timesLimit(1.3), median(used.saved[1])),
    measure('restore', restored.ours, 'ms', timesLimit(1.3), restored.raw),
    measure('restore, in processor time', median(used.restored[0]), 'ms', timesLimit(1.3), median(used.restored[1])),
    measure('restore, each table read again and compared', compared, 'ms', noBar, restored.raw),
    measure('rows as text', megabytes, 'MB', noBar),
    measure('backup on the disk', manifest.bytes / 1e6, 'MB', noBar),
  ]
}

const ran = (program: string, args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))))
  })

/** Facts as the other benchmarks of the warehouse have them: a key, two references, two indexes. */
function schema(rows: number): string {
  const dimension =
    "create table customers (id bigint primary key, name text not null); insert into customers select i, 'customer ' || i from generate_series(1, 10000) i;"
  const facts = Array.from(
    { length: tables },
    (_, n) => `
    create table sales_${n} (id bigint, sold_at timestamptz, customer bigint not null, other bigint not null, quantity int, price numeric(18, 4),
      discount numeric(18, 4), currency char(3), channel text, note text, token uuid);
    insert into sales_${n} select i, '2026-01-01'::timestamptz + i * interval '7 seconds', 1 + i % 10000, 1 + (i * 7) % 10000, i % 50, (i % 100000) / 7.0, (i % 100) / 3.0,
      'EUR', 'channel ' || i % 20, 'a note about sale ' || md5(i::text), md5(i::text)::uuid from generate_series(1, ${rows}) i;
    alter table sales_${n} add primary key (id), add foreign key (customer) references customers, add foreign key (other) references customers;
    create index on sales_${n} (sold_at); create index on sales_${n} (customer);`,
  )
  return `${dimension}${facts.join('')} analyze;`
}

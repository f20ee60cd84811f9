import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderPlace } from '@sluice/backup'
import { quoteIdentifier, withSession } from '@sluice/postgres'
import { postgresTools, startTestServer } from '@sluice/postgres/testing'
import { expect, test } from 'vitest'
import { restoreDatabase, saveDatabase } from './index.ts'
import { richDatabase } from './testing/rich-database.ts'

const tools = postgresTools()
const zstd = (() => {
  try {
    return execFileSync('zstd', ['--version'], { encoding: 'utf8' })
  } catch {
    return undefined
  }
})()
const why = tools === undefined ? 'no PostgreSQL of the system with pg_dump and psql (apt install postgresql)' : undefined
if (why !== undefined) process.stderr.write(`skipped: ${why}\n`)

test.skipIf(why !== undefined)('pg_dump tells no difference between what was saved, what we restored, and what psql restored', async () => {
  const { bindir } = tools ?? { bindir: '' }
  const server = await startTestServer({ bindir })
  await using rich = await richDatabase(server, `rich_${randomUUID().slice(0, 8)}`)
  const run = (tool: string, args: readonly string[], cwd = '/'): string =>
    execFileSync(join(bindir, tool), args, { encoding: 'utf8', cwd, maxBuffer: 1 << 28 })
  // What it makes anew for each dump.
  const dump = (name: string): string => run('pg_dump', ['-d', server.url(name)]).replaceAll(/^\\(?:un)?restrict .*$/gm, '')
  const folder = mkdtempSync(join(tmpdir(), 'backup '))
  const place = folderPlace(folder)
  const manifest = await saveDatabase({ url: rich.url, place, version: '1.2.3' })
  const into = rich.another('ours')
  expect(await restoreDatabase({ place, manifest, adminUrl: server.url('postgres'), into })).toMatchObject({ notes: [] })
  const saved = dump(rich.name)
  expect(saved).toContain('CREATE POLICY')
  expect(dump(into)).toBe(saved)
  if (zstd === undefined) return
  const byHand = rich.another('psql')
  await withSession(server.url('postgres'), (admin) => admin.query(`create database ${quoteIdentifier(byHand)}`))
  run('psql', ['-q', '-d', server.url(byHand), '-f', 'restore.sql'], folder)
  expect(dump(byHand)).toBe(saved)
})

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureRole, openPool } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import { expect, test } from 'vitest'
import { loadDefinitions } from '../definitions/definitions.ts'
import { loadSettings } from '../settings.ts'
import { platformFolder } from '../testing/index.ts'
import { examineSql } from './sql.ts'

const example = fileURLToPath(new URL('../../../../../examples/lake', import.meta.url))

const project = async (models: string) => {
  const folder = await platformFolder([example])
  await mkdir(join(folder.root, 'projects/lake/migrations'))
  await writeFile(
    join(folder.root, 'projects/lake/migrations/0001_twice.up.sql'),
    'create function twice(integer) returns integer language sql as $$ select $1 * 2 $$',
  )
  await writeFile(join(folder.root, 'projects/lake/migrations/0001_twice.down.sql'), 'drop function twice(integer)')
  await writeFile(
    join(folder.root, 'projects/lake/pipelines/models.ts'),
    `import { dataset, integer, model, pipeline, sql } from 'sluice'
const there = dataset('shop.there', { on: 'warehouse', columns: { id: integer() } })
${models}
export default pipeline({ name: 'models', steps: [first] })
`,
  )
  return folder
}
const examine = async (root: string, env: Readonly<Record<string, string>> = {}) => {
  const settings = await loadSettings({ root, env: { ...process.env, ...env } })
  return await examineSql(settings, await loadDefinitions(settings))
}
const model = (query: string) => `const first = model({ into: there, refresh: 'full', query: () => sql\`${query}\` })`

test('queries are described over the tables that datasets declare, with what migrations make beside them; nothing of it stays', async () => {
  await using server = await testDatabase()
  await using sound = await project(model('select twice(2) as id'))
  const env = { SLUICE_DATABASE_URL: server.url }
  expect(await examine(sound.root, env)).toEqual({ errors: [], left: [] })
  await using broken = await project(model('select thrice(2) as id'))
  const { errors } = await examine(broken.root, env)
  expect(errors).toMatchObject([{ project: 'lake-example', file: 'pipelines/models.ts', line: 3, column: 77 }])
  expect(errors[0]?.message).toContain('thrice(integer)')
  expect(errors[0]?.frame).toContain('> 3 | const first = model(')
  const pool = openPool(server.url, { max: 1 })
  expect(await pool.query("select datname from pg_database where datname like 'sluice_throwaway%'")).toEqual([])
  await pool.end()
})

test('a personal column is followed through the query of a model, and what cannot be followed is said', async () => {
  await using folder = await platformFolder([example])
  await writeFile(
    join(folder.root, 'projects/lake/pipelines/people.ts'),
    `import { dataset, model, pipeline, sql, text } from 'sluice'
const people = dataset('silver.people', { on: 'lake', columns: { mail: text({ personal: true }) } })
const cards = dataset('silver.cards', { on: 'lake', columns: { who: text() } })
const card = model({ into: cards, from: { people }, refresh: 'full', query: ({ people }) => sql\`select lower(mail) as who from \${people}\` })
const bad = model({ name: 'bad', into: cards, from: { people }, refresh: 'full', query: ({ people }) => sql\`select who whom why from \${people}\` })
export default pipeline({ name: 'people', steps: [card, bad], order: [card, bad] })
`,
  )
  const { errors, left } = await examine(folder.root)
  expect(errors.map(({ file, line }) => `${file}:${line}`)).toEqual(['pipelines/people.ts:5', 'pipelines/people.ts:4'])
  expect(errors[1]?.message).toBe(
    'model silver.cards: column who is made of mail of lake.silver.people, which is personal, and is not declared so',
  )
  expect(left).toEqual(['Personal columns were not followed through model bad of lake-example: its SQL does not parse in DuckDB.'])
})

test('where no database may be made, or the server does not answer, the models of the warehouse are left and it is said', async () => {
  await using server = await testDatabase()
  await using folder = await project(model('select 1 as nonsense'))
  await ensureRole(server.url, { name: 'sluice_examines', password: 'only-connects' })
  const url = new URL(server.url)
  url.username = 'sluice_examines'
  url.password = 'only-connects'
  url.pathname = '/postgres'
  const sentence = expect.stringContaining('The SQL of the warehouse of lake-example was not examined')
  const denied = expect.stringMatching(/was not examined: sluice_examines may not create a database.*alter role "sluice_examines" createdb/)
  expect(await examine(folder.root, { SLUICE_DATABASE_URL: url.href })).toEqual({ errors: [], left: [denied] })
  expect(await examine(folder.root, { SLUICE_DATABASE_URL: 'postgres://x:y@127.0.0.1:1/z' })).toEqual({ errors: [], left: [sentence] })
})

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { long } from '@sluice/core/testing'
import { type DuckConnection, type DuckDB, openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AskedLake, openAnswerProcesses, openLake, openLakes, type ProjectLakes } from '../index.ts'
import { pagesOf, writeTo } from '../testing/index.ts'

/** What nobody who asks the lake may see. It stands where the keys of a platform stand: beside the lake. */
const canary = 'canary-5f1c0b'

let home: string
let key: string
let duckdb: DuckDB
let lakes: ProjectLakes
let lake: AskedLake
let close: () => Promise<void>

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sluice confined '))
  key = join(home, 'key')
  const root = join(home, 'lake')
  mkdirSync(join(root, 'demo/bronze/legacy'), { recursive: true })
  for (const name of ['key', 'key.csv']) writeFileSync(join(home, name), `${canary}\n`)
  writeFileSync(join(home, 'key.json'), `{"a": "${canary}"}\n`)
  writeFileSync(join(root, 'demo/bronze/legacy/a.csv'), 'id,label\n1,one\n')
  duckdb = await openDuckDB({ threads: 1 })
  const connection = await duckdb.connect()
  await connection.run(`COPY (SELECT '${canary}' AS a) TO ${quoteLiteral(join(home, 'key.parquet'))}`)
  connection.close()
  for (const project of ['demo', 'other'])
    await openLake({ storage: root, project, duckdb: async () => duckdb }).land(
      { ...writeTo('bronze.pages'), project, dataset: `${project}:lake.bronze.pages` },
      pagesOf(`{"of": "${project}"}`),
    )
  const answers = openAnswerProcesses({ place: { folder: root }, scratch: join(home, 'answers'), most: 2, threads: 1 })
  lakes = openLakes({ storage: root, projects: ['demo', 'other'], duckdb: async () => duckdb, answers })
  lake = await lakes.named('demo')
  close = answers.close
})
afterAll(async () => {
  await close()
  duckdb.close()
  rmSync(home, { recursive: true, force: true })
})

const { signal } = new AbortController()
const answer = (sql: string) => lake.answer(sql, {}, signal)
/** What somebody gets to see, whether it is an answer or an error. */
const seen = async (told: Promise<unknown>): Promise<string> =>
  JSON.stringify(await told.catch((error: Error) => ({ ...error, message: error.message, stack: error.stack })))

describe('a query that people type', () => {
  test('answers from tables and files of the lake, and of another project that may be read', async () => {
    expect(await answer(`SELECT payload->>'of' AS of FROM bronze.pages`)).toMatchObject({ rows: [['demo']], truncated: false, cutBy: null })
    expect(await answer(`SELECT label FROM 'bronze/legacy/a.csv'`)).toMatchObject({ rows: [['one']] })
    expect(await answer(`SELECT payload->>'of' AS of FROM other.bronze.pages`)).toMatchObject({ rows: [['other']] })
  })

  test.each([
    ['a plan that is bound from text', (at: string) => `SELECT json_serialize_plan('SELECT nope FROM read_csv(''${at}'', header=true)')`],
    ['the same by its full name', (at: string) => `SELECT system.main.JSON_Serialize_Plan('FROM read_text(''${at}'')')`],
    ['a plan whose text is put together', (at: string) => `SELECT json_serialize_plan('FROM ' || 'read_blob(''' || '${at}' || ''')')`],
    ['a function over a window', (at: string) => `SELECT json_serialize_plan('FROM read_text(''${at}'')') OVER ()`],
    ['a function in a lambda', (at: string) => `SELECT list_transform(['${at}'], lambda x: json_serialize_plan(x))`],
    ['a table function', (at: string) => `SELECT * FROM read_text('${at}')`],
    ['a file by its path', (at: string) => `SELECT * FROM '${at}.csv'`],
    ['a query in a text', (at: string) => `SELECT * FROM query('FROM read_text(''${at}'')')`],
  ])('reads no file of the server by %s', async (_, sql) => {
    for (const asked of [
      seen(answer(sql(key))),
      seen(lakes.named('demo').then((of) => of.exportNow('gold.stolen', { from: { sql: sql(key) } }, {}, signal))),
    ])
      expect(await asked).not.toContain(canary)
    await expect(answer(sql(key))).rejects.toMatchObject({
      code: expect.stringMatching(/^(request.denied|input.invalid|lake.dataset_unknown)$/),
    })
  })

  test('names no other project than those that its caller may read', async () => {
    const asked = lake.answer('SELECT * FROM other.bronze.pages', { readable: ['demo'] }, signal)
    await expect(asked).rejects.toMatchObject({ code: 'request.denied', message: expect.stringContaining('other') })
  })

  test('a function that DuckDB does not have is told with its place and near names', async () => {
    await expect(answer('SELECT\n  uper(payload) FROM bronze.pages')).rejects.toMatchObject({
      code: 'input.invalid',
      message: expect.stringContaining('line 2, column 3'),
      next: expect.stringContaining('upper'),
    })
  })
})

describe('the engine under it', () => {
  let confined: DuckDB
  let connection: DuckConnection
  beforeAll(async () => {
    confined = await openDuckDB({ threads: 1, tempDirectory: join(home, 'spill'), confinedTo: [join(home, 'lake/demo')] })
    connection = await confined.connect()
  })
  afterAll(() => confined.close())

  test('refuses each of its functions a file outside of the lake, at each of its arguments, whatever any list says', async () => {
    const open = await openDuckDB({ threads: 1 })
    const outside = await open.connect()
    const before = readdirSync(home).sort()
    const found = { confined: new Set<string>(), open: new Set<string>() }
    for (const { name, statement } of await attempts(connection)) {
      if ((await shown(connection, statement)).includes(canary)) found.confined.add(name)
      if (probes.has(name) && (await shown(outside, statement)).includes(canary)) found.open.add(name)
    }
    open.close()
    expect([...found.confined]).toEqual([])
    // The statements are such that an engine that is not confined gives the file away.
    expect([...found.open].sort()).toEqual([...probes].sort())
    expect(readdirSync(home).sort()).toEqual(before)
    expect(readFileSync(key, 'utf8')).toBe(`${canary}\n`)
  })

  test('changes no setting, loads nothing, attaches nothing and writes nothing outside', async () => {
    for (const statement of [
      "SET memory_limit = '1GB'",
      'SET enable_external_access = true',
      "SET allowed_directories = ['/']",
      'RESET lock_configuration',
      'INSTALL httpfs',
      'LOAD httpfs',
      `ATTACH '${join(home, 'x.db')}' AS x`,
      `COPY (SELECT 1) TO '${join(home, 'stolen.csv')}'`,
      `EXPORT DATABASE '${join(home, 'all')}'`,
      `SELECT * FROM read_text('${join(home, 'lake/demo/../../key')}')`,
    ])
      await expect(connection.run(statement), statement).rejects.toMatchObject({ code: 'duckdb.failed' })
    expect(await connection.value("SELECT current_setting('TimeZone')")).toBe('UTC')
    expect(readdirSync(home)).not.toContain('stolen.csv')
  })

  /** Functions that give a file away where they may. */
  const probes = new Set(['json_serialize_plan', 'query', 'read_csv', 'read_json', 'read_parquet', 'read_text', 'sniff_csv'])

  /** Each function with the paths of the canary at each of its arguments, alone and inside of a query as text. */
  async function attempts(on: DuckConnection): Promise<readonly { readonly name: string; readonly statement: string }[]> {
    const rows = await on.rows<{ name: string; kind: string; count: number }>(
      `SELECT DISTINCT function_name AS name, function_type AS kind, least(len(parameters), 4) AS count FROM duckdb_functions() ORDER BY ALL`,
    )
    const [csv = '', ...others] = ['key.csv', 'key.json', 'key.parquet', 'key'].map((name) => quoteLiteral(join(home, name)))
    const queries = [`SELECT nope FROM read_csv(${csv}, header = true)`, `FROM read_text(${csv})`, `FROM ${csv}`].map(quoteLiteral)
    const [texts, more] = [
      [csv, queries[0] ?? '', ...others.slice(0, 2)],
      [...queries.slice(1), ...others.slice(2)],
    ]
    return rows.flatMap(({ name, kind, count }) => {
      const called = /^\w+$/.test(name) ? name : `"${name}"`
      const isTable = kind === 'table' || kind === 'table_macro'
      const all = long || probes.has(name) ? [...texts, ...more] : texts
      const before = isTable ? 'SELECT * FROM' : kind === 'pragma' ? 'PRAGMA' : 'SELECT'
      return all.flatMap((text) =>
        callsWith(isTable ? 1 : count, text).map((given) => ({ name, statement: `${before} ${called}(${given})` })),
      )
    })
  }

  /** The text at each place, and simple values at the others. */
  function callsWith(count: number, text: string): readonly string[] {
    if (count === 0) return [text]
    return Array.from({ length: count }, (_, at) => Array.from({ length: count }, (_, place) => (place === at ? text : "'1'")).join(', '))
  }

  async function shown(on: DuckConnection, statement: string): Promise<string> {
    // It sleeps as many milliseconds as it is told, and reads nothing.
    if (/sleep/.test(statement)) return ''
    try {
      return JSON.stringify(await on.rows(statement))
    } catch (thrown) {
      return String(thrown).replaceAll(statement, '')
    }
  }
})

test('a link in the lake leads nowhere', async () => {
  symlinkSync(join(home, 'key.csv'), join(home, 'lake/demo/bronze/legacy/link.csv'))
  expect(await seen(answer(`SELECT * FROM 'bronze/legacy/*.csv'`))).not.toContain(canary)
  await expect(answer(`SELECT * FROM 'bronze/legacy/link.csv'`)).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
})

import { openDuckDB } from '@sluice/duckdb'
import { expect, test } from 'vitest'
import { allowedFunctions, allowedTableFunctions, refusedFunctions } from './functions.ts'

/** By kind: what DuckDB has now, in lower case. */
async function functionsOf(...kinds: readonly string[]): Promise<readonly string[]> {
  const duckdb = await openDuckDB({ threads: 1 })
  const rows = await (await duckdb.connect()).rows<{ name: string }>(
    `SELECT DISTINCT lower(function_name) AS name FROM duckdb_functions() WHERE function_type IN (${kinds.map((kind) => `'${kind}'`)}) ORDER BY 1`,
  )
  duckdb.close()
  return rows.map(({ name }) => name)
}

const unsorted = (known: readonly string[], allowed: ReadonlySet<string>): readonly string[] =>
  known.filter((name) => !allowed.has(name) && !refusedFunctions.has(name))

test('each function of this DuckDB is allowed or refused by name: a new release makes somebody look at what it brings', async () => {
  const known = await functionsOf('scalar', 'aggregate', 'macro')
  expect(known.length).toBeGreaterThan(700)
  expect(unsorted(known, allowedFunctions), 'sort these into functions.ts').toEqual([])
  expect([...allowedFunctions].filter((name) => !known.includes(name))).toEqual([])
  expect(unsorted([...known, 'read_secret'], allowedFunctions)).toEqual(['read_secret'])
  expect([...allowedFunctions].filter((name) => refusedFunctions.has(name))).toEqual([])
})

test('the table functions of this DuckDB, allowed and not, are those that somebody has looked at', async () => {
  const known = await functionsOf('table', 'table_macro', 'pragma')
  const shown = known.map((name) => `${allowedTableFunctions.has(name) ? 'allowed' : 'refused'} ${name}`)
  await expect(`${shown.join('\n')}\n`).toMatchFileSnapshot('table-functions.txt')
})

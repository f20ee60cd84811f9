// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of SQL with names in them
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dataset, decimal, model, sqlFile, text } from './index.ts'

const dirname = mkdtempSync(join(tmpdir(), 'sluice-sql-file-'))
const columns = { coin: text(), usd: decimal(38, 18) }
const prices = dataset('silver.prices', { on: 'lake', columns })
const newest = dataset('silver.newest', { on: 'lake', columns })

test('a model takes its query from a file beside it, whose names are its sources and its context', () => {
  writeFileSync(join(dirname, 'newest.sql'), 'select coin, usd from ${prices.batch} where ${interval.end} is not null')
  const filled = model({ into: newest, from: { prices }, refresh: 'batch', query: sqlFile({ dirname }, 'newest.sql') })
  expect(filled.sql.parts.map((part) => part.kind)).toEqual(['text', 'dataset', 'text', 'instant', 'text'])
})

test('a file that is not there is a fault of the definition', () => {
  expect(() => sqlFile({ dirname }, 'absent.sql')).toThrow(/absent\.sql cannot be read/)
})

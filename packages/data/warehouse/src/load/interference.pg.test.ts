import { dataset, integer, text } from '@sluice/author'
import { type BatchWrite, batchId, manualRunKey } from '@sluice/core'
import { expect, test } from 'vitest'
import { testWarehouse } from '../testing/index.ts'

const things = dataset('public.things', { on: 'warehouse', columns: { id: integer({ notNull: true }), v: text() }, key: ['id'] })
const of = { project: 'demo', pipeline: 'p', task: 'load', dataset: 'demo:warehouse.public.things' }
const batch = batchId({ ...of, mapKey: null, runKey: manualRunKey('r'), write: 'main' })
const write: BatchWrite = { ...of, run: 'r', attempt: 1, batch, generation: 0, logicalTime: 0, inputs: [] }
async function* rows() {
  yield '1,a\n200,b\n'
}

test.each([
  [
    'a trigger that swallows rows',
    `create function swallow() returns trigger language plpgsql as 'begin return null; end';
     create trigger tr before insert on things for each row execute function swallow()`,
    { code: 'warehouse.failed', message: expect.stringContaining('CREATE TRIGGER tr'), next: expect.stringContaining('Remove it') },
  ],
  [
    'a rule',
    'create rule r as on insert to things where new.id > 100 do instead nothing',
    { code: 'warehouse.failed', message: expect.stringContaining('CREATE RULE r') },
  ],
  [
    'a key that is checked late',
    'alter table things drop constraint things_pkey; alter table things add constraint things_pkey primary key (id) deferrable',
    { code: 'warehouse.failed', next: expect.stringContaining('not deferrable') },
  ],
])('a load that cannot go on for %s says so, and nothing is written', async (_, sql, refusal) => {
  await using demo = await testWarehouse(things)
  const { pool, loadBatch } = demo.warehouse
  await pool.query(sql)
  for (const mode of ['upsert', 'append'] as const) {
    const loading = loadBatch({ write, table: things, mode, columns: ['id', 'v'], source: rows() })
    await expect(loading, mode).rejects.toMatchObject(refusal)
  }
  expect(await pool.query('select from things union all select from sluice_loads')).toEqual([])
})

import { check, load, pipeline, sql, task } from 'sluice'
import { followed, numbers, silver } from '../datasets/numbers.ts'

/** Batches of the other pipeline, each taken once. */
const taken = load({ from: silver, into: followed, mode: 'upsert' })
const told = task({
  name: 'told',
  reads: [silver],
  run: async (_, { lake }) => (await lake.rows({ n: silver.columns.n }, sql`select n from ${silver.batch} order by n`)).map(({ n }) => n),
})
const few = check({
  name: 'few',
  on: numbers,
  otherwise: 'warn',
  rule: sql`select count(*) < 1 as ok, count(*) as found from ${numbers.batch}`,
  message: '{found} numbers',
})

export default pipeline({ name: 'follows', steps: [taken, told, few] })

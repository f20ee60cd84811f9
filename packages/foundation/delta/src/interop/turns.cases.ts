import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Column, schemaOf } from '../schema/schema.ts'
import { createTable, openTable } from '../table.ts'
import { long } from '../testing/long.ts'
import { chdb, startChdb } from './testing/chdb.ts'
import { deltaRs, startDeltaRs } from './testing/delta-rs.ts'
import type { Engine, WritingEngine } from './testing/engine.ts'
import { whyAbsent } from './testing/installation.ts'
import { ourEngine } from './testing/ours.ts'
import { sampleColumns, sampleRow } from './testing/sample.ts'
import { sparkTable, type WithSpark } from './testing/spark.ts'
import { type Game, play } from './testing/turns.ts'

const seed = seedOfRun()

interface Setup {
  readonly title: string
  /** Properties of the table when Spark creates it. Without them we create it. */
  readonly createdBy: 'ours' | 'Spark'
  readonly properties: Readonly<Record<string, string>>
  readonly partitionBy?: readonly string[]
  readonly columns?: readonly Column[]
  readonly constraint?: string
  /** Engines that cannot read or write such a table. */
  readonly cannotRead?: readonly string[]
  readonly cannotWrite?: readonly string[]
  readonly never?: Game['never']
  /** Spark leaves letters beyond ASCII in a path unencoded. delta-rs removes the file by its encoded path, so Spark keeps the file. */
  readonly asciiPartitions?: true
}

const setups: readonly Setup[] = [
  {
    title: 'a plain table',
    createdBy: 'ours',
    properties: { 'delta.checkpointInterval': '4' },
    partitionBy: ['part'],
    asciiPartitions: true,
  },
  { title: 'every text to partition by', createdBy: 'ours', properties: {}, partitionBy: ['part'], cannotWrite: ['delta-rs'] },
  { title: 'deletion vectors', createdBy: 'ours', properties: { 'delta.enableDeletionVectors': 'true' } },
  { title: 'constraints', createdBy: 'ours', properties: {}, constraint: 'id >= 0', partitionBy: ['pday'] },
  { title: 'a change data feed', createdBy: 'ours', properties: { 'delta.enableChangeDataFeed': 'true' } },
  { title: 'columns mapped by name', createdBy: 'ours', properties: { 'delta.columnMapping.mode': 'name' }, partitionBy: ['part'] },
  {
    title: 'instants without zone',
    createdBy: 'ours',
    properties: {},
    columns: sampleColumns.map((column) => (column.name === 'seen' ? { ...column, type: 'timestamp_ntz' } : column)),
  },
  {
    title: 'Spark with deletion vectors, checkpoints of the second form and times in commits',
    createdBy: 'Spark',
    properties: {
      'delta.enableDeletionVectors': 'true',
      'delta.checkpointPolicy': 'v2',
      'delta.enableInCommitTimestamps': 'true',
      'delta.checkpointInterval': '3',
    },
    partitionBy: ['part'],
    // It does not have in-commit timestamps.
    cannotWrite: ['delta-rs'],
  },
  {
    title: 'Spark with columns mapped by id and deletion vectors',
    createdBy: 'Spark',
    properties: { 'delta.columnMapping.mode': 'id', 'delta.enableDeletionVectors': 'true' },
  },
]

export function turnCases({ connection, folder, spark }: WithSpark): void {
  const ours = ourEngine(connection)
  const others: (Engine | WritingEngine)[] = []

  beforeAll(async () => {
    if ((await whyAbsent(deltaRs)) === undefined) others.push(await startDeltaRs())
    if ((await whyAbsent(chdb)) === undefined) others.push(await startChdb())
  })
  afterAll(async () => {
    await Promise.all(others.map((engine) => engine.close()))
  })

  test.for(setups)(`$title (SLUICE_SEED=${seed})`, async (setup) => {
    const root = join(folder, setup.title)
    const random = seeded(seed)
    const schema = await create(root, setup)
    const all = [ours, spark(), ...others]
    const writers = all.filter((engine): engine is WritingEngine => 'append' in engine && setup.cannotWrite?.includes(engine.name) !== true)
    const [first, ...more] = writers
    if (first === undefined) throw new Error('nobody writes')
    const played = await play({
      root,
      schema,
      random,
      writers: [first, ...more],
      readers: all.filter((engine) => setup.cannotRead?.includes(engine.name) !== true),
      turns: long ? 40 : 8,
      freshRow: (id) => {
        const row = sampleRow(random, id)
        return setup.asciiPartitions === true ? { ...row, part: String(row.part).replace(/[^ -~]/g, '?') } : row
      },
      ...(setup.never === undefined ? {} : { never: setup.never }),
    })
    expect(played.length).toBeGreaterThan(5)
  })

  async function create(root: string, { createdBy, properties, columns = sampleColumns, partitionBy = [], constraint }: Setup) {
    if (createdBy === 'ours') {
      const table = await createTable(root, { connection, columns, partitionBy, properties })
      if (constraint !== undefined) await table.addConstraint('known', constraint)
    } else {
      const by = partitionBy.length === 0 ? '' : `PARTITIONED BY (${partitionBy.join(', ')})`
      const list = Object.entries(properties).map(([name, value]) => `'${name}' = '${value}'`)
      await spark().sql(`CREATE TABLE ${sparkTable(root)} USING delta ${by} TBLPROPERTIES (${list.join(', ')}) AS SELECT * FROM source`, {
        schema: schemaOf(columns),
        rows: [],
      })
    }
    return (await (await openTable(root, { connection })).snapshot()).schema
  }
}

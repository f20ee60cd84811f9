import type { DuckDBConnection } from '@duckdb/node-api'
import { long, seedOfRun } from '@sluice/core/testing'
import { type Column, type StructType, schemaOf } from '../../schema/schema.ts'
import { createTable, openTable } from '../../table.ts'
import { sampleColumns } from './sample.ts'
import { type Spark, sparkTable } from './spark.ts'
import type { Game } from './turns.ts'

/** A kind of table that several engines change. */
export interface Setup {
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

/** delta-rs has no OPTIMIZE for such tables. */
const mappedColumns: Pick<Setup, 'never'> = { never: (engine, move) => engine.name === 'delta-rs' && move === 'optimize' }

export const setups: readonly Setup[] = [
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
  {
    title: 'columns mapped by name',
    createdBy: 'ours',
    properties: { 'delta.columnMapping.mode': 'name' },
    partitionBy: ['part'],
    ...mappedColumns,
  },
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
    ...mappedColumns,
  },
]

/** Of what takes long, a short run has this many of the setups: other ones with another seed, and with another offset. */
export const someSetups = (count: number, offset: number): readonly Setup[] =>
  long ? setups : setups.filter((_, index) => (index + offset + seedOfRun()) % setups.length < count)

/** The empty table of a setup. Returns its schema as the log has it. */
export async function createSetup(
  { connection, spark }: { readonly connection: DuckDBConnection; readonly spark: Spark },
  root: string,
  { createdBy, properties, columns = sampleColumns, partitionBy = [], constraint }: Setup,
): Promise<StructType> {
  if (createdBy === 'ours') {
    const table = await createTable(root, { connection, columns, partitionBy, properties })
    if (constraint !== undefined) await table.addConstraint('known', constraint)
  } else {
    const by = partitionBy.length === 0 ? '' : `PARTITIONED BY (${partitionBy.join(', ')})`
    const list = Object.entries(properties).map(([name, value]) => `'${name}' = '${value}'`)
    await spark.sql(`CREATE TABLE ${sparkTable(root)} USING delta ${by} TBLPROPERTIES (${list.join(', ')}) AS SELECT * FROM source`, {
      schema: schemaOf(columns),
      rows: [],
    })
  }
  return (await (await openTable(root, { connection })).snapshot()).schema
}

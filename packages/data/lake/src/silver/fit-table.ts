import { definitionErrors, type SluiceError } from '@sluice/core'
import { type Column, DeltaError, type DeltaTable, type DeltaType, isWidening } from '@sluice/delta'
import type { LakeDataset } from '../dataset.ts'

const typeWidening = 'delta.enableTypeWidening'
const mapping = 'delta.columnMapping.mode'
const vectors = 'delta.enableDeletionVectors'

/** Names that Parquet and Delta take only behind a mapping of columns (PROTOCOL.md, Column Mapping). */
const needsMapping = (columns: readonly { readonly name: string }[]): boolean => columns.some(({ name }) => /[ ,;{}()\n\t=]/.test(name))

/** Properties that a new table of these columns needs. */
export const propertiesFor = (columns: readonly Column[]): Readonly<Record<string, string>> =>
  needsMapping(columns) ? { [mapping]: 'name' } : {}

/**
 * Makes a table take columns whose declaration has changed since it was made: a wider type becomes the type of the column, by Delta's own
 * feature, and no file is rewritten; values of a narrower type are stored in the wider one that is there. New columns are the write's to
 * add. @throws `definition.invalid` for a change that would need the files written anew, with the way there
 */
export async function fitTable(table: DeltaTable, { layer, name: dataset }: LakeDataset, columns: readonly Column[]): Promise<void> {
  const { schema, properties } = await table.snapshot()
  const fields = new Map(schema.fields.map((field) => [field.name.toLowerCase(), field]))
  const wider: (readonly [name: string, type: DeltaType])[] = []
  for (const { name, type } of columns) {
    const field = fields.get(name.toLowerCase())
    if (field === undefined) continue
    if (field.name !== name) throw otherCase(`${layer}.${dataset}`, field.name, name)
    if (field.type === type || isWidening(type, field.type)) continue
    if (!isWidening(field.type, type)) throw otherType(`${layer}.${dataset}`, name, field.type, type)
    wider.push([name, type])
  }
  const wanted = {
    ...(wider.length > 0 && properties[typeWidening] !== 'true' ? { [typeWidening]: 'true' } : {}),
    ...(needsMapping(columns) && properties[mapping] !== 'name' && properties[mapping] !== 'id' ? { [mapping]: 'name' } : {}),
  }
  if (Object.keys(wanted).length > 0) await table.setProperties(wanted)
  for (const [name, type] of wider) await table.changeColumn(name, { type })
  await describeColumns(table, columns)
}

/** Comments of columns that are declared otherwise than the table has them. What another writer was faster at waits for the next write. */
async function describeColumns(table: DeltaTable, columns: readonly Column[]): Promise<void> {
  const fields = new Map((await table.snapshot()).schema.fields.map((field) => [field.name, field.metadata.comment]))
  for (const { name, metadata } of columns) {
    const comment = metadata?.comment
    if (typeof comment !== 'string' || !fields.has(name) || fields.get(name) === comment) continue
    await table.changeColumn(name, { comment }).catch((thrown: unknown) => {
      if (!(thrown instanceof DeltaError && thrown.code === 'commit.conflict')) throw thrown
    })
  }
}

/** Lets a table have names that need a mapping, before its columns are replaced. True where that took a commit. */
export async function mapNames(table: DeltaTable, columns: readonly Column[]): Promise<boolean> {
  const { properties } = await table.snapshot()
  if (!needsMapping(columns) || properties[mapping] === 'name' || properties[mapping] === 'id') return false
  await table.setProperties({ [mapping]: 'name' })
  return true
}

/** Whether writes mark rows of a file as gone in place of writing it anew. Vectors that are there stay until their files are tidied. */
export async function markGone(table: DeltaTable, wanted: boolean): Promise<void> {
  const { properties } = await table.snapshot()
  if ((properties[vectors] === 'true') !== wanted) await table.setProperties({ [vectors]: String(wanted) })
}

/** Whether the columns that are there can stay as they are. A table that is overwritten takes the declared ones in their place. */
export async function mustReplaceColumns(table: DeltaTable, columns: readonly Column[]): Promise<boolean> {
  const { schema } = await table.snapshot()
  const fields = new Map(schema.fields.map((field) => [field.name.toLowerCase(), field]))
  return columns.some(({ name, type }) => {
    const field = fields.get(name.toLowerCase())
    return field !== undefined && (field.name !== name || field.type !== type)
  })
}

const otherCase = (table: string, there: string, declared: string): SluiceError =>
  definitionErrors.invalid(
    `${table}: the column ${declared} is called ${there} in the table, and names that differ by their case are one name`,
    {
      facts: { table, column: declared, there },
      next: `Call it ${there} again, or make the table anew with the columns that are declared: sluice models rebuild ${table} --dry-run tells what that does.`,
    },
  )

const otherType = (table: string, column: string, there: DeltaType, declared: DeltaType): SluiceError =>
  definitionErrors.invalid(
    `${table}: the column ${column} is ${shown(there)} in the table and is declared ${shown(declared)}, which is not a wider type`,
    {
      facts: { table, column, there: shown(there), declared: shown(declared) },
      next: `Make the table anew with the columns that are declared: sluice models rebuild ${table} --dry-run tells what that does. Or declare the column as it was.`,
    },
  )

/** As a project declares it. */
function shown(type: DeltaType): string {
  const name = typeof type === 'string' ? type : type.type
  if (name === 'string') return 'text'
  return name === 'long' ? 'bigint' : name
}

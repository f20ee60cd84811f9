import type { Action, CommitInfo, Metadata, Protocol } from '../protocol/actions.ts'
import { features, supports } from '../protocol/features.ts'
import { mapFields, mappingMode } from '../schema/mapping.ts'
import { type DeltaType, type Field, parseSchema, type StructType } from '../schema/schema.ts'
import { isWidening } from '../schema/widening.ts'

type Say = (fault: string) => void

/** Checks protocol and metadata of a commit against those before it. */
export interface Standing {
  readonly protocol: Protocol | undefined
  readonly metadata: Metadata | undefined
  /** The time of the last commit, epoch milliseconds. */
  readonly inCommitTimestamp: number | undefined
  /** The physical names of all columns so far, by id. */
  readonly names: ReadonlyMap<number, unknown>
  /** All schemas so far, as in the log. */
  readonly schemas: ReadonlySet<string | undefined>
}

export const unborn: Standing = {
  protocol: undefined,
  metadata: undefined,
  inCommitTimestamp: undefined,
  names: new Map(),
  schemas: new Set(),
}

/**
 * The MUSTs of PROTOCOL.md on table features, column mapping, type widening, constraints and in-commit timestamps. `replaced`: no file of
 * the version before is left.
 */
export function checkStanding(before: Standing, actions: readonly Action[], version: number, replaced: boolean, say: Say): Standing {
  const protocol = actions.find((a) => a.protocol)?.protocol ?? before.protocol
  const metadata = actions.find((a) => a.metaData)?.metaData ?? before.metadata
  if (protocol === undefined || metadata === undefined) return { ...before, protocol, metadata }
  if (before.protocol !== undefined) checkNoDowngrade(before.protocol, protocol, say)
  const schema = parseSchema(metadata.schemaString)
  for (const name of protocol.readerFeatures ?? [])
    if (!protocol.writerFeatures?.includes(name)) say(`${name} is a feature of readers only`)
  for (const feature of features) {
    if (feature.active(metadata.configuration, schema) && !supports(protocol, feature)) say(`${feature.name} is active and not supported`)
    const forReaders = feature.concerns === 'readersAndWriters' && protocol.minReaderVersion === 3
    if (forReaders && protocol.writerFeatures?.includes(feature.name) && !protocol.readerFeatures?.includes(feature.name))
      say(`${feature.name} is not a feature of readers`)
  }
  for (const key of Object.keys(metadata.configuration)) if (key === 'delta.constraints.') say('a constraint has no name')
  const isMapped = mappingMode(metadata.configuration) !== 'none'
  if (isMapped) checkMapping(before, metadata, schema, say)
  // A restore brings back a schema and the files that were written under it.
  const isRestored = actions[0]?.commitInfo?.operation === 'RESTORE' && before.schemas.has(metadata.schemaString)
  if (before.metadata !== undefined && !replaced && !isRestored) checkEvolution(before.metadata, metadata, say)
  const schemas = new Set([...before.schemas, metadata.schemaString])
  const names = new Map([...before.names, ...(isMapped ? namesOf(schema) : [])])
  return { protocol, metadata, inCommitTimestamp: checkTime(before, metadata, actions[0]?.commitInfo, version, say), names, schemas }
}

function checkNoDowngrade(before: Protocol, after: Protocol, say: Say): void {
  if (after.minReaderVersion < before.minReaderVersion || after.minWriterVersion < before.minWriterVersion) say('the protocol sinks')
  for (const feature of features) if (supports(before, feature) && !supports(after, feature)) say(`the protocol loses ${feature.name}`)
}

function checkTime(
  before: Standing,
  { configuration }: Metadata,
  commitInfo: CommitInfo | undefined,
  version: number,
  say: Say,
): number | undefined {
  if (configuration['delta.enableInCommitTimestamps'] !== 'true') return undefined
  const since = ['delta.inCommitTimestampEnablementVersion', 'delta.inCommitTimestampEnablementTimestamp']
  if (before.inCommitTimestamp !== undefined && since.some((key) => configuration[key] !== before.metadata?.configuration[key]))
    say('what enabled in-commit timestamps is told otherwise')
  const own = commitInfo?.inCommitTimestamp
  if (typeof own !== 'number' || !Number.isSafeInteger(own)) {
    say('commitInfo has no inCommitTimestamp')
    return undefined
  }
  if (before.inCommitTimestamp !== undefined && own <= before.inCommitTimestamp)
    say('the inCommitTimestamp is not later than the one before')
  if (before.inCommitTimestamp === undefined && version > 0) {
    if (configuration['delta.inCommitTimestampEnablementVersion'] !== String(version))
      say('the version that enables in-commit timestamps is not told')
    if (configuration['delta.inCommitTimestampEnablementTimestamp'] !== String(own))
      say('the time that enables in-commit timestamps is not told')
  }
  return own
}

/** A restore may bring a column back with its id and physical name. Neither may ever mean another column. */
function checkMapping(before: Standing, after: Metadata, schema: StructType, say: Say): void {
  const highest = Number(after.configuration['delta.columnMapping.maxColumnId'])
  const highestBefore = Number(before.metadata?.configuration['delta.columnMapping.maxColumnId'] ?? 0)
  const columns = namesOf(schema)
  if (!(highest >= highestBefore)) say('maxColumnId sinks')
  if (new Set(columns.map(([id]) => id)).size !== columns.length) say('a column id is given twice')
  for (const [id, name] of columns) {
    if (!Number.isInteger(id) || id < 1 || id > highest) say(`the column id ${id} is not between 1 and maxColumnId`)
    else if (before.names.has(id) ? before.names.get(id) !== name : id <= highestBefore) say(`the column id ${id} is used again`)
  }
  mapFields(schema, (field) => {
    if (typeof field.metadata['delta.columnMapping.physicalName'] !== 'string') say(`the column ${field.name} has no physical name`)
    return field
  })
}

function namesOf(schema: StructType): (readonly [id: number, physicalName: unknown])[] {
  const columns: (readonly [number, unknown])[] = []
  mapFields(schema, (field) => {
    columns.push([Number(field.metadata['delta.columnMapping.id']), field.metadata['delta.columnMapping.physicalName']])
    return field
  })
  return columns
}

function checkEvolution(before: Metadata, after: Metadata, say: Say): void {
  const mapped = mappingMode(before.configuration) !== 'none'
  checkFields(parseSchema(before.schemaString).fields, parseSchema(after.schemaString).fields, mapped, say)
}

/** Remaining columns keep their names in the files, new ones are nullable, and a type only becomes wider, with a record of it. */
function checkFields(before: readonly Field[], after: readonly Field[], mapped: boolean, say: Say): void {
  const key = (field: Field) => (mapped ? String(field.metadata['delta.columnMapping.id']) : field.name)
  const later = new Map(after.map((field) => [key(field), field]))
  const kept = before.filter((field) => later.has(key(field)))
  if (!mapped && kept.length < before.length) say('a column went without column mapping')
  const known = new Set(before.map(key))
  if (after.some((field) => !known.has(key(field)) && !field.nullable)) say('a new column is not nullable')
  for (const field of kept) {
    const now = later.get(key(field))
    if (now === undefined) continue
    if (!now.nullable && field.nullable) say(`the column ${field.name} became required`)
    const physical = 'delta.columnMapping.physicalName'
    if (mapped && now.metadata[physical] !== field.metadata[physical]) say(`the physical name of ${field.name} changed`)
    checkType(field.type, now.type, now, mapped, say)
  }
}

function checkType(before: DeltaType, after: DeltaType, owner: Field, mapped: boolean, say: Say): void {
  if (typeof before !== 'string' && typeof after !== 'string') {
    checkInner(before, after, owner, mapped, say)
    return
  }
  if (before === after) return
  if (!isWidening(before, after)) say(`the type of ${owner.name} changed other than to a wider one`)
  const changes = (owner.metadata['delta.typeChanges'] ?? []) as readonly { readonly fromType: unknown; readonly toType: unknown }[]
  if (!changes.some(({ fromType, toType }) => fromType === before && toType === after))
    say(`the change of the type of ${owner.name} is not recorded`)
}

function checkInner(before: Exclude<DeltaType, string>, after: Exclude<DeltaType, string>, owner: Field, mapped: boolean, say: Say): void {
  if (before.type === 'struct' && after.type === 'struct') checkFields(before.fields, after.fields, mapped, say)
  else if (before.type === 'array' && after.type === 'array') checkType(before.elementType, after.elementType, owner, mapped, say)
  else if (before.type === 'map' && after.type === 'map') {
    checkType(before.keyType, after.keyType, owner, mapped, say)
    checkType(before.valueType, after.valueType, owner, mapped, say)
  } else say(`the type of ${owner.name} changed from ${before.type} to ${after.type}`)
}

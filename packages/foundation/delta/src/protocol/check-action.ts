import { corrupt } from '../errors.ts'
import type { Action } from './actions.ts'

type Fields = Readonly<Record<string, unknown>>
type Form = 'text' | 'number' | 'object' | 'list'

/** What an action must hold for the table to be read rightly (PROTOCOL.md, Actions); readers tolerate the absence of everything else. */
const required: Readonly<Record<string, Readonly<Record<string, Form>>>> = {
  add: { path: 'text', partitionValues: 'object' },
  remove: { path: 'text' },
  metaData: { id: 'text', partitionColumns: 'list' },
  protocol: { minReaderVersion: 'number', minWriterVersion: 'number' },
  txn: { appId: 'text', version: 'number' },
  sidecar: { path: 'text' },
  checkpointMetadata: { version: 'number' },
  domainMetadata: { domain: 'text' },
}
const vectorFields = { storageType: 'text', pathOrInlineDv: 'text', sizeInBytes: 'number', cardinality: 'number' } as const

/**
 * One parsed line of the log as an action: fields that are null are left out, as if they were not there, and required ones are held to their
 * form. Actions of other kinds pass. Throws `log.corrupt`, naming the file.
 */
export function toAction(line: unknown, where: string): Action {
  if (!isObject(line)) throw corrupt(`${where} holds a line that is no action.`, { file: where })
  const action: Record<string, unknown> = {}
  for (const [kind, fields] of Object.entries(line)) {
    if (fields === null) continue
    if (!isObject(fields)) throw corrupt(`${where} holds a ${kind} that is no object.`, { file: where, action: kind })
    action[kind] = checked(kind, withoutNulls(fields), where)
  }
  return action as Action
}

function checked(kind: string, fields: Fields, where: string): Fields {
  check(kind, fields, Object.hasOwn(required, kind) ? (required[kind] ?? {}) : {}, where)
  if (kind === 'metaData') return { configuration: {}, format: { provider: 'parquet', options: {} }, ...fields }
  const vector = kind === 'add' || kind === 'remove' ? fields.deletionVector : undefined
  if (vector === undefined) return fields
  if (!isObject(vector)) throw corrupt(`${where} holds a deletion vector that is no object.`, { file: where, action: kind })
  const deletionVector = withoutNulls(vector)
  check('deletionVector', deletionVector, vectorFields, where)
  return deletionVector === vector ? fields : { ...fields, deletionVector }
}

function check(kind: string, fields: Fields, forms: Readonly<Record<string, Form>>, where: string): void {
  for (const [field, form] of Object.entries(forms)) {
    if (!hasForm(fields[field], form))
      throw corrupt(`${where} holds a ${kind} whose ${field} is missing or of another type.`, { file: where, action: kind, field })
  }
}

function hasForm(value: unknown, form: Form): boolean {
  switch (form) {
    case 'text':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number'
    case 'object':
      return isObject(value)
    case 'list':
      return Array.isArray(value)
    default:
      return form satisfies never
  }
}

function withoutNulls(fields: Fields): Fields {
  return Object.values(fields).includes(null) ? Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) : fields
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A commit, and a checkpoint, has at most one of each: which of two counts would be a guess. */
export function checkOnce(actions: readonly Action[], where: string): void {
  let protocols = 0
  let metadatas = 0
  for (const { protocol, metaData } of actions) {
    if (protocol !== undefined) protocols++
    if (metaData !== undefined) metadatas++
  }
  if (protocols > 1) throw corrupt(`${where} holds ${protocols} protocols.`, { file: where, action: 'protocol' })
  if (metadatas > 1) throw corrupt(`${where} holds ${metadatas} descriptions of the table.`, { file: where, action: 'metaData' })
}

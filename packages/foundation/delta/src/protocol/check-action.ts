import { corrupt, unreachable } from '../errors.ts'
import type { Action } from './actions.ts'

type Fields = Readonly<Record<string, unknown>>
type Form = 'text' | 'number' | 'object' | 'list'

/** The fields that an action must have for a correct read (PROTOCOL.md, Actions). Readers tolerate the absence of every other field. */
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
/** The actions that a reader must understand. `commitInfo` and unknown ones say nothing about the state of the table. */
const known = new Set([...Object.keys(required), 'cdc'])
const vectorFields = { storageType: 'text', pathOrInlineDv: 'text', sizeInBytes: 'number', cardinality: 'number' } as const

/**
 * One parsed line of the log as an action. Drops fields that are null, checks the type of required fields, and passes unknown actions on.
 * An unknown action may have any form (PROTOCOL.md, Actions: unrecognized actions are ignored). Throws `log.corrupt` with the name of the
 * file.
 */
export function toAction(line: unknown, where: string): Action {
  if (!isObject(line)) throw corrupt(`${where} contains a line that is not an action.`, { file: where })
  const action: Record<string, unknown> = {}
  for (const [kind, fields] of Object.entries(line)) {
    if (fields === null) continue
    if (!isObject(fields) && !known.has(kind)) continue
    if (!isObject(fields)) throw corrupt(`${where} contains the action ${kind}, which is not an object.`, { file: where, action: kind })
    action[kind] = checked(kind, withoutNulls(fields), where)
  }
  return action as Action
}

function checked(kind: string, fields: Fields, where: string): Fields {
  check(kind, fields, Object.hasOwn(required, kind) ? (required[kind] ?? {}) : {}, where)
  if (kind === 'metaData') return { configuration: {}, format: { provider: 'parquet', options: {} }, ...fields }
  const vector = kind === 'add' || kind === 'remove' ? fields.deletionVector : undefined
  if (vector === undefined) return fields
  if (!isObject(vector)) throw corrupt(`${where} contains a deletion vector that is not an object.`, { file: where, action: kind })
  const deletionVector = withoutNulls(vector)
  check('deletionVector', deletionVector, vectorFields, where)
  return deletionVector === vector ? fields : { ...fields, deletionVector }
}

function check(kind: string, fields: Fields, forms: Readonly<Record<string, Form>>, where: string): void {
  for (const [field, form] of Object.entries(forms)) {
    if (!hasForm(fields[field], form))
      throw corrupt(`${where} contains the action ${kind}, whose field ${field} is missing or has the wrong type.`, {
        file: where,
        action: kind,
        field,
      })
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
      return unreachable(form)
  }
}

function withoutNulls(fields: Fields): Fields {
  return Object.values(fields).includes(null) ? Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) : fields
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A commit or a checkpoint has at most one protocol and one metadata. With two there would be no rule for which one counts. */
export function checkOnce(actions: readonly Action[], where: string): void {
  let protocols = 0
  let metadatas = 0
  for (const { protocol, metaData } of actions) {
    if (protocol !== undefined) protocols++
    if (metaData !== undefined) metadatas++
  }
  if (protocols > 1) throw corrupt(`${where} contains ${protocols} protocol actions.`, { file: where, action: 'protocol' })
  if (metadatas > 1) throw corrupt(`${where} contains ${metadatas} metaData actions.`, { file: where, action: 'metaData' })
}

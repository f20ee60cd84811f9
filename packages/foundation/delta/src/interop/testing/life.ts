import type { Random } from '@sluice/core/testing'
import { unreachable } from '../../errors.ts'
import type { Column, Field, StructType } from '../../schema/schema.ts'
import { addableTypes, partitionValue, randomValue } from './random-value.ts'
import type { Row, Value } from './values.ts'

/** A table as a plain value: its columns and its rows by `id`. */
export interface Life {
  readonly schema: StructType
  readonly partitionBy: readonly string[]
  readonly asciiPartitions: boolean
  readonly mapped: boolean
  /** Is the constraint of `constraint` there? */
  readonly constrained: boolean
  readonly rows: ReadonlyMap<number, Row>
  /** Ids and names that were never used. */
  readonly next: number
  /** Names that columns had before. Another column may take one. */
  readonly freed: readonly string[]
}

/** A condition on `id` that all engines read alike. */
export interface Remainder {
  readonly divisor: number
  readonly remainder: number
}

export type Change = 'all' | 'delete' | { readonly column: string; readonly text: string }
export interface Clause {
  readonly of: 'matched' | 'notMatched' | 'notMatchedBySource'
  readonly when?: Remainder
  readonly does: Change
}

/** What one engine does to the table. */
export type Deed =
  | { readonly kind: 'append'; readonly rows: readonly Row[]; readonly adds?: Field }
  | { readonly kind: 'merge'; readonly source: readonly Row[]; readonly clauses: readonly Clause[]; readonly adds?: Field }
  | { readonly kind: 'delete'; readonly where: Remainder }
  | { readonly kind: 'update'; readonly column: string; readonly text: string; readonly where: Remainder }
  | { readonly kind: 'map' | 'constrain' | 'unconstrain' | 'optimize' | 'checkpoint' | 'vacuum' }
  | { readonly kind: 'rename'; readonly path: readonly string[]; readonly to: string }
  | { readonly kind: 'drop'; readonly path: readonly string[] }
  | { readonly kind: 'add'; readonly under: readonly string[]; readonly column: Field }

/** The kinds of `plan`. The last ones are refused by every engine and change nothing, or are merges of a particular form. */
export type Kind = Deed['kind'] | 'evolve' | 'delete by repeated rows' | 'merge repeated rows' | 'violate' | 'break the constraint'

/** The constraint that comes and goes, and an id that violates it. */
export const constraint = { name: 'more', sql: 'id < 500000', outside: 500_000 } as const

export const schemaWith = (schema: StructType, adds: Field | undefined): StructType =>
  adds === undefined ? schema : { ...schema, fields: [...schema.fields, adds] }

export function freshRow(life: Life, random: Random, id: number, schema = life.schema): Row {
  return Object.fromEntries(
    schema.fields.map((field) => {
      if (field.name === 'id') return ['id', String(id)]
      const isPartition = life.partitionBy.includes(field.name)
      return [field.name, isPartition ? partitionValue(random, field, life.asciiPartitions) : randomValue(random, field.type)]
    }),
  )
}

/** A deed of the kind; `undefined` when the table has nothing for it. */
export function plan(life: Life, random: Random, kind: Kind): Deed | undefined {
  const fresh = (count: number, schema = life.schema) =>
    Array.from({ length: count }, (_, index) => freshRow(life, random, life.next + index, schema))
  switch (kind) {
    case 'append':
      return { kind, rows: fresh(1 + random.integer(4)) }
    case 'evolve': {
      const adds = newColumn(life, random)
      const schema = schemaWith(life.schema, adds)
      const source = [...someRows(life, random, schema), ...fresh(2, schema)]
      return random.chance(0.5) ? { kind: 'append', rows: fresh(2, schema), adds } : { kind: 'merge', source, clauses: upsert, adds }
    }
    case 'merge':
      return { kind, source: [...someRows(life, random), ...fresh(1 + random.integer(2))], clauses: clausesOf(life, random) }
    case 'merge repeated rows':
    case 'delete by repeated rows': {
      const [id] = life.rows.keys()
      if (id === undefined) return undefined
      const source = [freshRow(life, random, id), freshRow(life, random, id)]
      return { kind: 'merge', source, clauses: kind === 'merge repeated rows' ? upsert : [{ of: 'matched', does: 'delete' }] }
    }
    case 'delete':
      return { kind, where: remainder(random) }
    case 'update': {
      const set = textFor(life, random)
      return set === undefined ? undefined : { kind, ...set, where: remainder(random) }
    }
    case 'violate': {
      if (!life.constrained) return undefined
      const row = freshRow(life, random, constraint.outside)
      return random.chance(0.5) ? { kind: 'append', rows: [row] } : { kind: 'merge', source: [row], clauses: upsert }
    }
    case 'break the constraint':
      if (!life.constrained || !life.mapped) return undefined
      return random.chance(0.5) ? { kind: 'rename', path: ['id'], to: 'key' } : { kind: 'drop', path: ['id'] }
    case 'rename': {
      if (!life.mapped) return undefined
      const path = pickFrom(random, pathsOf(life.schema.fields))
      return path === undefined ? undefined : { kind, path, to: newName(life, random) }
    }
    case 'drop': {
      const paths = pathsOf(life.schema.fields).filter(
        // Readers disagree about a struct none of whose fields is in a file, so that the first one stays.
        (path) => (path.length === 1 ? !life.partitionBy.includes(path[0] ?? '') : !isFirst(life.schema, path)),
      )
      const path = life.mapped && life.schema.fields.length > 6 ? pickFrom(random, paths) : undefined
      return path === undefined ? undefined : { kind, path }
    }
    case 'add': {
      const structs = life.schema.fields.filter(({ type }) => typeof type !== 'string' && type.type === 'struct')
      const under = random.chance(0.3) ? pickFrom(random, structs) : undefined
      // The readers of these tests give binary values as text at the top only.
      const column = newColumn(life, random)
      const nested = { ...column, type: column.type === 'binary' ? 'string' : column.type } as const
      return under === undefined ? { kind, under: [], column } : { kind, under: [under.name], column: nested }
    }
    case 'map':
      return life.mapped ? undefined : { kind }
    case 'constrain':
      return life.constrained ? undefined : { kind }
    case 'unconstrain':
      return life.constrained ? { kind } : undefined
    case 'optimize':
    case 'checkpoint':
    case 'vacuum':
      return { kind }
    default:
      return unreachable(kind)
  }
}

/** The table after a deed. */
export function after(life: Life, deed: Deed): Life {
  switch (deed.kind) {
    case 'append':
    case 'merge': {
      const grown = withColumn(life, [], deed.adds)
      const given = deed.kind === 'append' ? deed.rows : deed.source
      const rows = deed.kind === 'append' ? new Map([...grown.rows, ...byId(given)]) : merged(grown.rows, byId(given), deed.clauses)
      return { ...grown, rows, next: Math.max(grown.next, ...given.map((row) => Number(row.id) + 1)) }
    }
    case 'delete':
      return { ...life, rows: new Map([...life.rows].filter(([id]) => !holds(deed.where, id))) }
    case 'update': {
      const changed = (id: number, row: Row): Row => (holds(deed.where, id) ? { ...row, [deed.column]: deed.text } : row)
      return { ...life, rows: new Map([...life.rows].map(([id, row]) => [id, changed(id, row)])) }
    }
    case 'rename': {
      const partitionBy =
        deed.path.length === 1 ? life.partitionBy.map((name) => (name === deed.path[0] ? deed.to : name)) : life.partitionBy
      const freed = [...life.freed, ...deed.path.slice(-1)]
      return edited({ ...life, partitionBy, freed, next: life.next + 1 }, deed.path, (field) => ({ ...field, name: deed.to }))
    }
    case 'drop':
      return edited({ ...life, freed: [...life.freed, ...deed.path.slice(-1)] }, deed.path, () => undefined)
    case 'add':
      return { ...withColumn(life, deed.under, deed.column), next: life.next + 1 }
    case 'map':
      return { ...life, mapped: true }
    case 'constrain':
      return { ...life, constrained: true }
    case 'unconstrain':
      return { ...life, constrained: false }
    case 'optimize':
    case 'checkpoint':
    case 'vacuum':
      return life
    default:
      return unreachable(deed)
  }
}

const upsert: readonly Clause[] = [
  { of: 'matched', does: 'all' },
  { of: 'notMatched', does: 'all' },
]

function clausesOf(life: Life, random: Random): Clause[] {
  const set = textFor(life, random)
  const often = (clause: Clause | undefined): Clause[] => (clause !== undefined && random.chance(0.5) ? [clause] : [])
  return [
    ...often({ of: 'matched', when: remainder(random), does: 'delete' }),
    ...often(set === undefined ? undefined : { of: 'matched', when: remainder(random), does: set }),
    { of: 'matched', does: 'all' },
    ...often({ of: 'notMatched', when: remainder(random), does: 'all' }),
    ...often({ of: 'notMatchedBySource', when: remainder(random), does: 'delete' }),
    ...often(set === undefined ? undefined : { of: 'notMatchedBySource', when: remainder(random), does: set }),
  ]
}

function merged(rows: ReadonlyMap<number, Row>, source: ReadonlyMap<number, Row>, clauses: readonly Clause[]): Map<number, Row> {
  const first = (of: Clause['of'], id: number) => clauses.find((clause) => clause.of === of && holds(clause.when, id))?.does
  const kept = [...rows].flatMap(([id, row]): [number, Row][] => {
    const given = source.get(id)
    const then = first(given === undefined ? 'notMatchedBySource' : 'matched', id)
    if (then === undefined) return [[id, row]]
    if (then === 'delete') return []
    return [[id, then === 'all' ? (given ?? row) : { ...row, [then.column]: then.text }]]
  })
  const added = [...source].filter(([id]) => !rows.has(id) && first('notMatched', id) !== undefined)
  return new Map([...kept, ...added])
}

const byId = (rows: readonly Row[]) => new Map(rows.map((row) => [Number(row.id), row] as const))
const holds = (when: Remainder | undefined, id: number) => when === undefined || id % when.divisor === when.remainder

function remainder(random: Random): Remainder {
  return { divisor: 2 + random.integer(3), remainder: random.integer(2) }
}

function someRows(life: Life, random: Random, schema = life.schema): Row[] {
  return [...life.rows.keys()].filter(() => random.chance(0.3)).map((id) => freshRow(life, random, id, schema))
}

function textFor(life: Life, random: Random): { readonly column: string; readonly text: string } | undefined {
  const texts = life.schema.fields.filter(({ name, type }) => type === 'string' && !life.partitionBy.includes(name))
  const column = pickFrom(random, texts)
  return column === undefined ? undefined : { column: column.name, text: `set ${life.next} ü` }
}

function pickFrom<Item>(random: Random, items: readonly Item[]): Item | undefined {
  return items.length === 0 ? undefined : items[random.integer(items.length)]
}

/**
 * With mapped columns every name is allowed, but Spark cannot merge into one with a backtick. A name that was used before tells whether a
 * reader takes a dropped column for the new one.
 */
function newName(life: Life, random: Random): string {
  const taken = new Set(pathsOf(life.schema.fields).flat())
  const again = pickFrom(
    random,
    life.freed.filter((name) => !taken.has(name)),
  )
  if (again !== undefined && random.chance(0.5)) return again
  return `${random.pick(life.mapped ? ['plain', 'a, b', 'q"uote', 'ü=', 'dot.ted', 'UPPER'] : ['plain', 'ü', 'UPPER'])}${life.next}`
}

function newColumn(life: Life, random: Random): Field {
  return { name: newName(life, random), type: random.pick(addableTypes), nullable: true, metadata: {} }
}

/** The columns but `id`, and the fields of structs. */
function pathsOf(fields: readonly Field[], above: readonly string[] = []): (readonly string[])[] {
  return fields.flatMap(({ name, type }) => {
    const path = [...above, name]
    const inner = typeof type !== 'string' && type.type === 'struct' ? pathsOf(type.fields, path) : []
    return above.length === 0 && name === 'id' ? [] : [path, ...inner]
  })
}

function isFirst(schema: StructType, [column, name]: readonly string[]): boolean {
  const type = schema.fields.find((field) => field.name === column)?.type
  return typeof type === 'object' && type.type === 'struct' && type.fields[0]?.name === name
}

function withColumn(life: Life, under: readonly string[], added: Field | undefined): Life {
  if (added === undefined) return life
  const [struct] = under
  const fieldsOf = (fields: readonly Field[]): readonly Field[] => [...fields, added]
  if (struct === undefined)
    return mappedRows({ ...life, schema: { ...life.schema, fields: fieldsOf(life.schema.fields) } }, (row) => ({
      ...row,
      [added.name]: null,
    }))
  const fields = life.schema.fields.map((field) =>
    field.name === struct && typeof field.type === 'object' && field.type.type === 'struct'
      ? { ...field, type: { ...field.type, fields: fieldsOf(field.type.fields) } }
      : field,
  )
  return mappedRows({ ...life, schema: { ...life.schema, fields } }, (row) => ({
    ...row,
    [struct]: isStruct(row[struct]) ? { ...row[struct], [added.name]: null } : (row[struct] ?? null),
  }))
}

const mappedRows = (life: Life, change: (row: Row) => Row): Life => ({
  ...life,
  rows: new Map([...life.rows].map(([id, row]) => [id, change(row)])),
})

/** One column or field becomes another or goes, in the schema and in all rows. */
function edited(life: Life, path: readonly string[], change: (field: Field) => Field | undefined): Life {
  const [column = '', ...inner] = path
  const fields = life.schema.fields.flatMap((field) => (field.name === column ? editedField(field, inner, change) : [field]))
  const rowOf = (row: Row): Row => editedValue({ type: 'struct', fields: life.schema.fields }, row, path, change) as Row
  return mappedRows({ ...life, schema: { ...life.schema, fields } }, rowOf)
}

function editedField(field: Field, path: readonly string[], change: (field: Field) => Field | undefined): Field[] {
  const [name, ...inner] = path
  if (name === undefined) return [change(field)].filter((kept) => kept !== undefined)
  if (typeof field.type !== 'object' || field.type.type !== 'struct') return [field]
  const fields = field.type.fields.flatMap((each) => (each.name === name ? editedField(each, inner, change) : [each]))
  return [{ ...field, type: { ...field.type, fields } }]
}

function editedValue(type: StructType, value: Value, path: readonly string[], change: (field: Field) => Field | undefined): Value {
  if (!isStruct(value)) return value
  const [name, ...inner] = path
  return Object.fromEntries(
    type.fields.flatMap((field): [string, Value][] => {
      const own = value[field.name] ?? null
      if (field.name !== name) return [[field.name, own]]
      if (inner.length > 0) return [[field.name, editedValue(field.type as StructType, own, inner, change)]]
      const kept = change(field)
      return kept === undefined ? [] : [[kept.name, own]]
    }),
  )
}

function isStruct(value: Value | undefined): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const columnOf = ({ name, type }: Field): Column => ({ name, type })

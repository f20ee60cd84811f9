import type { DuckDBConnection } from '@duckdb/node-api'
import { DeltaError } from '../errors.ts'
import { conjunctsOf, type Node, nodesOf, parseExpression } from '../expression.ts'
import { type DeltaType, decimalOf, type Field, type StructType } from '../schema/schema.ts'
import { type Refuse, toDuckQuoting } from './spark-text.ts'

/** A condition on one row that DuckDB and Spark evaluate alike. */
export interface RowCondition {
  readonly sql: string
  /** The top-level columns that the condition names, as the schema spells them. */
  readonly columns: readonly string[]
}

/**
 * Translates a Spark SQL condition to DuckDB. Accepts only what both evaluate alike: comparisons, AND, OR, NOT, IS NULL, IN, BETWEEN, LIKE,
 * + - * %, coalesce, abs, length, year, month and day, casts to text, between values of one kind. Throws what `refuse` makes for anything
 * else.
 */
export async function toRowCondition(
  connection: DuckDBConnection,
  text: string,
  schema: StructType,
  refuse: Refuse,
): Promise<RowCondition> {
  const key = JSON.stringify([text, schema])
  const cached = known.get(key)
  if (cached !== undefined) return cached
  const condition = await translate(connection, text, schema, refuse)
  if (known.size >= 1000) known.clear()
  known.set(key, condition)
  return condition
}

/** By expression and schema. Asking DuckDB takes tens of milliseconds, which is more than a small write takes. */
const known = new Map<string, RowCondition>()

async function translate(connection: DuckDBConnection, text: string, schema: StructType, refuse: Refuse): Promise<RowCondition> {
  const { sql, tree, references } = await parseExpression(connection, toDuckQuoting(text, refuse), 'condition').catch((cause: unknown) => {
    throw cause instanceof DeltaError && cause.code === 'expression.invalid' ? refuse(cause.message) : cause
  })
  for (const conjunct of conjunctsOf(tree)) if (kindOf(conjunct, schema, refuse) !== 'boolean') throw refuse('is not a condition')
  const top = references.map(([name]) => schema.fields.find((f) => f.name.toLowerCase() === name?.toLowerCase())?.name ?? '')
  return { sql, columns: [...new Set(top)] }
}

type Kind = 'whole' | 'decimal' | 'double' | 'float' | 'string' | 'boolean' | 'date' | 'timestamp' | 'timestamp_ntz' | 'null' | 'other'
type Judge = (node: Node) => Kind

function kindOf(node: Node, schema: StructType, refuse: Refuse): Kind {
  const judge: Judge = (inner) => kindOf(inner, schema, refuse)
  const children = () => node.children as Node[]
  const same = (nodes: readonly Node[]) => checkComparable(nodes, judge, refuse)
  switch (node.class) {
    case 'COLUMN_REF':
      return columnKind(node.column_names as string[], schema, refuse)
    case 'CONSTANT':
      return constantKind(node, refuse)
    case 'CAST':
      return castKind(node, judge, refuse)
    case 'COMPARISON':
      same([node.left as Node, node.right as Node])
      return 'boolean'
    case 'BETWEEN':
      same([node.input as Node, node.lower as Node, node.upper as Node])
      return 'boolean'
    case 'CONJUNCTION':
      for (const child of children()) if (judge(child) !== 'boolean') throw refuse('combines values that are not conditions')
      return 'boolean'
    case 'OPERATOR':
      return operatorKind(node, judge, same, refuse)
    case 'FUNCTION':
      return functionKind(node, judge, refuse)
    default:
      throw refuse(`contains a ${node.class.toLowerCase()}`)
  }
}

function operatorKind(node: Node, judge: Judge, same: (nodes: readonly Node[]) => Kind, refuse: Refuse): Kind {
  const children = node.children as Node[]
  switch (node.type) {
    case 'OPERATOR_IS_NULL':
    case 'OPERATOR_IS_NOT_NULL':
      children.forEach(judge)
      return 'boolean'
    case 'OPERATOR_NOT':
      if (children.some((child) => judge(child) !== 'boolean')) throw refuse('negates a value that is not a condition')
      return 'boolean'
    case 'COMPARE_IN':
    case 'COMPARE_NOT_IN':
      same(children)
      return 'boolean'
    case 'OPERATOR_COALESCE':
      return same(children)
    default:
      throw refuse(`uses ${node.type.toLowerCase().replace('operator_', '')}`)
  }
}

function functionKind(node: Node, judge: Judge, refuse: Refuse): Kind {
  const name = String(node.function_name).toLowerCase()
  const children = node.children as Node[]
  const kinds = children.map(judge)
  const [first] = kinds
  const all = (...allowed: readonly Kind[]) => kinds.length > 0 && kinds.every((kind) => kind === first && allowed.includes(kind))
  if ((name === '+' || name === '-') && all('whole', 'double', 'decimal')) return first ?? 'other'
  if (name === '*' && all('whole', 'double')) return first ?? 'other'
  // The sign follows the dividend in both. By zero Spark fails and DuckDB gives NULL.
  if (name === '%' && all('whole') && isPositive(children[1])) return 'whole'
  if (name === 'abs' && kinds.length === 1 && all('whole', 'double', 'decimal')) return first ?? 'other'
  if ((name === 'length' || name === 'char_length' || name === 'character_length') && kinds.length === 1 && all('string')) return 'whole'
  if ((name === 'year' || name === 'month' || name === 'day') && kinds.length === 1 && all('date')) return 'whole'
  if ((name === '~~' || name === '!~~') && all('string') && children[1]?.class === 'CONSTANT') return 'boolean'
  if ((name === 'like_escape' || name === 'not_like_escape') && all('string') && isEscaped(children[1], children[2])) return 'boolean'
  throw refuse(`uses ${name} on ${kinds.join(' and ')}`)
}

const constantOf = (node: Node | undefined): unknown =>
  node?.class === 'CONSTANT' ? (node.value as { readonly value: unknown }).value : undefined

function isPositive(divisor: Node | undefined): boolean {
  // The tree keeps a number as its source text.
  const text = JSON.stringify(constantOf(divisor) ?? null)
  return /^\d+$/.test(text) && BigInt(text) > 0n
}

/** Spark fails where the escape character stands before any other character, and DuckDB does not. */
function isEscaped(pattern: Node | undefined, character: Node | undefined): boolean {
  const [text, mark] = [constantOf(pattern), constantOf(character)]
  if (typeof text !== 'string' || typeof mark !== 'string' || !/^[!-~]$/.test(mark) || '%_'.includes(mark)) return false
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 2))
    if (![mark, '%', '_'].includes(text.charAt(at + 1))) return false
  return true
}

const numbers: readonly Kind[] = ['whole', 'decimal', 'double', 'float']

/** The type in which both engines compare these values. Throws when they do not agree on one. */
function checkComparable(nodes: readonly Node[], judge: Judge, refuse: Refuse): Kind {
  const judged = nodes.map((node) => ({ node, kind: judge(node) })).filter(({ kind }) => kind !== 'null')
  const texts = judged.filter(({ node, kind }) => kind === 'string' && node.class === 'CONSTANT')
  const others = [...new Set(judged.filter((each) => !texts.includes(each)).map(({ kind }) => kind))]
  const [kind = 'string'] = others
  if (kind === 'other') throw refuse('compares nested or binary values')
  if (
    others.length > 1 &&
    (!others.every((each) => numbers.includes(each)) || (others.includes('float') && others.some((k) => k === 'decimal')))
  )
    throw refuse(`compares ${others.join(' with ')}`)
  for (const { node } of texts) {
    const text = String((node.value as { readonly value: unknown }).value)
    if (kind !== 'string' && !isLiteralOf(kind, text)) throw refuse(`compares ${kind} with the text '${text}'`)
  }
  return others.length > 1 && others.includes('double') ? 'double' : kind
}

const clock = String.raw`\d\d:\d\d:\d\d(\.\d{1,6})?`

/** Texts that both engines read as the same value in every time zone of the session. */
function isLiteralOf(kind: Kind, text: string): boolean {
  switch (kind) {
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(text)
    case 'timestamp':
      return new RegExp(`^\\d{4}-\\d\\d-\\d\\d[T ]${clock}(Z|[+-]\\d\\d:\\d\\d)$`).test(text)
    case 'timestamp_ntz':
      return new RegExp(`^\\d{4}-\\d\\d-\\d\\d[T ]${clock}$`).test(text)
    default:
      return false
  }
}

function columnKind(names: readonly string[], schema: StructType, refuse: Refuse): Kind {
  let type: DeltaType = schema
  for (const name of names) {
    const fields: readonly Field[] = typeof type === 'string' || type.type !== 'struct' ? [] : type.fields
    const field = fields.find((f) => f.name.toLowerCase() === name.toLowerCase())
    if (field === undefined) throw refuse(`names ${names.join('.')}, which is not a column`)
    type = field.type
  }
  if (decimalOf(type) !== undefined) return 'decimal'
  switch (type) {
    case 'long':
    case 'integer':
    case 'short':
    case 'byte':
      return 'whole'
    case 'double':
    case 'float':
    case 'string':
    case 'boolean':
    case 'date':
    case 'timestamp':
    case 'timestamp_ntz':
      return type
    default:
      return 'other'
  }
}

function constantKind(node: Node, refuse: Refuse): Kind {
  const value = node.value as { readonly is_null: boolean; readonly type: { readonly id: string } }
  if (value.is_null) return 'null'
  switch (value.type.id) {
    case 'INTEGER':
    case 'BIGINT':
      return 'whole'
    case 'DECIMAL':
      return 'decimal'
    case 'DOUBLE':
      return 'double'
    case 'VARCHAR':
      return 'string'
    case 'BOOLEAN':
      return 'boolean'
    default:
      throw refuse(`contains a constant of type ${value.type.id}`)
  }
}

/** These have one text in both engines. That of a decimal may have an exponent in Spark, and that of a double differs. */
const withOneText: readonly Kind[] = ['whole', 'boolean', 'date', 'string']

/** A cast to text; or TRUE, FALSE and DATE '2026-01-01', which DuckDB's parser gives as casts of a text. */
function castKind(node: Node, judge: Judge, refuse: Refuse): Kind {
  if (castTarget(node) === 'VARCHAR' && node.try_cast !== true && withOneText.includes(judge(node.child as Node))) return 'string'
  const child = node.child as Node
  const target = castTarget(node)
  const text = child.class === 'CONSTANT' ? String((child.value as { readonly value: unknown }).value) : ''
  if (target === 'BOOLEAN' && (text === 't' || text === 'f')) return 'boolean'
  if (target === 'DATE' && isLiteralOf('date', text)) return 'date'
  throw refuse('contains a cast')
}

function castTarget(node: Node): string {
  const type = node.cast_type as { readonly id?: string } & Node
  if (type.id !== undefined && type.id !== 'UNBOUND') return type.id
  const names = [...nodesOf(type)].map((inner) => inner.type_name).filter((name) => typeof name === 'string')
  return String(names[0] ?? '').toUpperCase()
}

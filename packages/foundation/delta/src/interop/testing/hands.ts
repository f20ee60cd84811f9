import { unreachable } from '../../errors.ts'
import { type DeltaType, decimalOf, type StructType } from '../../schema/schema.ts'
import { quoteLiteral } from '../../sql.ts'
import type { DeltaTable } from '../../table.ts'
import { type Clause, columnOf, constraint, type Deed, type Remainder, schemaWith } from './life.ts'
import { selectOf } from './ours.ts'
import { type Spark, sparkTable } from './spark.ts'

/** Carries out a deed on a table whose schema is this before the deed. */
export interface Hands {
  readonly name: string
  do(root: string, schema: StructType, deed: Deed): Promise<unknown>
}

const condition = ({ divisor, remainder }: Remainder, of = '') => `${of}id % ${divisor} = ${remainder}`
const mapping = { 'delta.columnMapping.mode': 'name' } as const

export function ourHands(open: (root: string) => Promise<DeltaTable>): Hands {
  return {
    name: 'ours',
    async do(root, schema, deed) {
      const table = await open(root)
      switch (deed.kind) {
        case 'append':
          return await table.append({ select: selectOf(schemaWith(schema, deed.adds), deed.rows), evolve: deed.adds !== undefined })
        case 'merge': {
          const clauses = <Answer>(of: Clause['of'], as: (clause: Clause, when: object) => Answer) =>
            deed.clauses
              .filter((clause) => clause.of === of)
              .map((clause) => as(clause, clause.when === undefined ? {} : { when: condition(clause.when, relationOf(clause)) }))
          const set = (clause: Clause) =>
            typeof clause.does === 'string' ? ('all' as const) : { [clause.does.column]: quoteLiteral(clause.does.text) }
          const change = (clause: Clause, when: object) =>
            clause.does === 'delete' ? { ...when, delete: true as const } : { ...when, update: set(clause) }
          return await table.merge({
            source: selectOf(schemaWith(schema, deed.adds), deed.source),
            on: 'target.id = source.id',
            matched: clauses('matched', change),
            notMatched: clauses('notMatched', (_clause, when) => ({ ...when, insert: 'all' as const })),
            notMatchedBySource: clauses('notMatchedBySource', (clause, when) => {
              const values = set(clause)
              return clause.does === 'delete' || values === 'all' ? { ...when, delete: true as const } : { ...when, update: values }
            }),
            evolve: deed.adds !== undefined,
          })
        }
        case 'delete':
          return await table.delete({ where: condition(deed.where) })
        case 'update':
          return await table.update({ set: { [deed.column]: quoteLiteral(deed.text) }, where: condition(deed.where) })
        case 'rename':
          return await table.renameColumn(deed.path, deed.to)
        case 'drop':
          return await table.dropColumn(deed.path)
        case 'add':
          return await table.addColumns([columnOf(deed.column)], deed.under.length === 0 ? {} : { under: deed.under })
        case 'map':
          return await table.setProperties(mapping)
        case 'constrain':
          return await table.addConstraint(constraint.name, constraint.sql)
        case 'unconstrain':
          return await table.dropConstraint(constraint.name)
        case 'optimize':
          return await table.optimize()
        case 'checkpoint':
          return await table.checkpoint()
        case 'vacuum':
          return await table.vacuum({ retentionHours: 0, allowShortRetention: true })
        default:
          return unreachable(deed)
      }
    },
  }
}

export function sparkHands(spark: Spark): Hands {
  const quoted = (name: string) => `\`${name.replaceAll('`', '``')}\``
  const pathOf = (path: readonly string[]) => path.map(quoted).join('.')
  const text = (value: string) => `'${value}'`
  const run = (deed: Deed, schema: StructType, table: string): Promise<unknown> => {
    switch (deed.kind) {
      case 'append': {
        const source = { schema: schemaWith(schema, deed.adds), rows: deed.rows }
        const columns = source.schema.fields.map(({ name }) => quoted(name)).join(', ')
        if (deed.adds === undefined) return spark.sql(`INSERT INTO ${table} (${columns}) SELECT * FROM source`, source)
        return spark.sql(`MERGE WITH SCHEMA EVOLUTION INTO ${table} AS target USING source ON false WHEN NOT MATCHED THEN INSERT *`, source)
      }
      case 'merge':
        return spark.sql(
          `MERGE ${deed.adds === undefined ? '' : 'WITH SCHEMA EVOLUTION '}INTO ${table} AS target USING source ON target.id = source.id ${deed.clauses.map(clause).join(' ')}`,
          { schema: schemaWith(schema, deed.adds), rows: deed.source },
        )
      case 'delete':
        return spark.sql(`DELETE FROM ${table} WHERE ${condition(deed.where)}`)
      case 'update':
        return spark.sql(`UPDATE ${table} SET ${quoted(deed.column)} = ${text(deed.text)} WHERE ${condition(deed.where)}`)
      case 'rename':
        return spark.sql(`ALTER TABLE ${table} RENAME COLUMN ${pathOf(deed.path)} TO ${quoted(deed.to)}`)
      case 'drop':
        return spark.sql(`ALTER TABLE ${table} DROP COLUMN ${pathOf(deed.path)}`)
      case 'add':
        return spark.sql(`ALTER TABLE ${table} ADD COLUMNS (${pathOf([...deed.under, deed.column.name])} ${sparkType(deed.column.type)})`)
      case 'map':
        return spark.sql(`ALTER TABLE ${table} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')`)
      case 'constrain':
        return spark.sql(`ALTER TABLE ${table} ADD CONSTRAINT ${constraint.name} CHECK (${constraint.sql})`)
      case 'unconstrain':
        return spark.sql(`ALTER TABLE ${table} DROP CONSTRAINT ${constraint.name}`)
      case 'optimize':
        return spark.sql(`OPTIMIZE ${table}`)
      case 'checkpoint':
        throw new Error('Spark has no SQL for a checkpoint')
      case 'vacuum':
        return spark.sql(`VACUUM ${table} RETAIN 0 HOURS`)
      default:
        return unreachable(deed)
    }
  }
  const clause = (one: Clause): string => {
    const { of, when, does } = one
    const whom = of === 'matched' ? 'MATCHED' : of === 'notMatched' ? 'NOT MATCHED' : 'NOT MATCHED BY SOURCE'
    const act =
      of === 'notMatched'
        ? 'INSERT *'
        : does === 'delete'
          ? 'DELETE'
          : `UPDATE SET ${does === 'all' ? '*' : `${quoted(does.column)} = ${text(does.text)}`}`
    return `WHEN ${whom}${when === undefined ? '' : ` AND ${condition(when, relationOf(one))}`} THEN ${act}`
  }
  return {
    name: 'Spark',
    do: async (root, schema, deed) =>
      deed.kind === 'checkpoint' ? await spark.checkpoint(root) : await run(deed, schema, sparkTable(root)),
  }
}

const relationOf = ({ of }: Clause) => (of === 'notMatched' ? 'source.' : 'target.')

function sparkType(type: DeltaType): string {
  if (typeof type === 'string') {
    const names: Readonly<Record<string, string>> = { long: 'BIGINT', integer: 'INT', short: 'SMALLINT', byte: 'TINYINT' }
    return decimalOf(type) === undefined ? (names[type] ?? type.toUpperCase()) : type
  }
  switch (type.type) {
    case 'array':
      return `ARRAY<${sparkType(type.elementType)}>`
    case 'map':
      return `MAP<${sparkType(type.keyType)}, ${sparkType(type.valueType)}>`
    case 'struct':
      return `STRUCT<${type.fields.map((field) => `\`${field.name}\`: ${sparkType(field.type)}`).join(', ')}>`
    default:
      return unreachable(type)
  }
}

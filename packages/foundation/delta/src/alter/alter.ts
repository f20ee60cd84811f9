import { toRowCondition } from '../constraints/expression.ts'
import type { TableContext } from '../context.ts'
import { DeltaError } from '../errors.ts'
import type { CompleteState } from '../log/replay.ts'
import { argument, checked, optionalArgument } from '../options/call.ts'
import { filledText, list, options, record, stated, text } from '../options/form.ts'
import type { Metadata } from '../protocol/actions.ts'
import { protocolFor } from '../protocol/upgrade.ts'
import { checkWritable } from '../protocol/writable.ts'
import { scanOf, shapeOf } from '../read/snapshot.ts'
import { columns } from '../schema/column-form.ts'
import { type Column, parseSchema } from '../schema/schema.ts'
import { queryRows } from '../sql.ts'
import { transact } from '../write/transaction.ts'
import { type ColumnChange, columnChange, withChanged, withColumns, withoutColumn, withRenamed } from './columns.ts'
import { type ColumnPath, columnPath, pathOf } from './paths.ts'
import { withConstraint, withoutConstraint, withoutProperties, withProperties } from './properties.ts'

export interface AlterResult {
  /** The version of this commit; the table's version when there was nothing to change. */
  readonly version: number
}

/** Changes of the table's metadata. A change raises the protocol only as far as it needs. No change lowers it. */
export interface Alterations {
  /**
   * Sets table properties. A known `delta.` property is checked, an unknown one is refused, and any other name is allowed. A property that
   * switches a feature on raises the protocol as far as the feature needs.
   */
  setProperties(properties: Readonly<Record<string, string>>): Promise<AlterResult>
  unsetProperties(names: readonly string[]): Promise<AlterResult>
  /** Adds a condition in Spark SQL that every row must satisfy. Throws `rows.invalid` with a count when rows of the table violate it. */
  addConstraint(name: string, sql: string): Promise<AlterResult>
  dropConstraint(name: string): Promise<AlterResult>
  /** Adds nullable columns at the end of the table, or at the end of the struct at `under`. */
  addColumns(columns: readonly Column[], options?: { readonly under?: ColumnPath }): Promise<AlterResult>
  /** Needs column mapping. Rewrites no file. */
  renameColumn(column: ColumnPath, name: string): Promise<AlterResult>
  /** Needs column mapping. Rewrites no file. */
  dropColumn(column: ColumnPath): Promise<AlterResult>
  /** Changes the comment, makes a required column nullable, or gives a wider type. */
  changeColumn(column: ColumnPath, change: ColumnChange): Promise<AlterResult>
}

const properties = argument('properties', record(text))
const column = argument('column', columnPath)
const constraint = argument('name', text)

const addOptions = options<{ readonly under?: ColumnPath }>({ under: stated(columnPath) })

export function alterationsOf(context: TableContext): Alterations {
  const alter = (operation: string, parameters: Parameters, plan: Plan) => alterTable(context, operation, parameters, plan)
  return {
    setProperties: checked('setProperties', [properties], (given) =>
      alter('SET TBLPROPERTIES', { properties: JSON.stringify(given) }, ({ metadata }) => withProperties(metadata, given)),
    ),
    unsetProperties: checked('unsetProperties', [argument('names', list(filledText))], (names) =>
      alter('UNSET TBLPROPERTIES', { properties: JSON.stringify(names), ifExists: true }, ({ metadata }) =>
        withoutProperties(metadata, names),
      ),
    ),
    addConstraint: checked('addConstraint', [constraint, argument('sql', filledText)], (name, sql) => addConstraint(context, name, sql)),
    dropConstraint: checked('dropConstraint', [constraint], (name) =>
      alter('DROP CONSTRAINT', { name }, ({ metadata }) => withoutConstraint(metadata, name)),
    ),
    addColumns: checked('addColumns', [argument('columns', columns), optionalArgument('options', addOptions)], (added, { under } = {}) =>
      alter('ADD COLUMNS', { columns: JSON.stringify(added.map((each) => ({ column: each }))) }, ({ metadata }) =>
        withColumns(metadata, added, under),
      ),
    ),
    renameColumn: checked('renameColumn', [column, argument('name', filledText)], (path, name) =>
      alter(
        'RENAME COLUMN',
        { oldColumnPath: pathOf(path).join('.'), newColumnPath: [...pathOf(path).slice(0, -1), name].join('.') },
        (base) => withRenamed(base.metadata, path, name),
      ),
    ),
    dropColumn: checked('dropColumn', [column], (path) =>
      alter('DROP COLUMNS', { columns: JSON.stringify([pathOf(path).join('.')]) }, ({ metadata }) => withoutColumn(metadata, path)),
    ),
    changeColumn: checked('changeColumn', [column, argument('change', columnChange)], (path, change) =>
      alter('CHANGE COLUMN', { column: JSON.stringify({ path: pathOf(path).join('.'), ...change }) }, ({ metadata }) =>
        withChanged(metadata, path, change),
      ),
    ),
  }
}

type Parameters = Readonly<Record<string, unknown>>
type Plan = (base: CompleteState) => Metadata | Promise<Metadata>

/** `reads` says whether the plan depends on the rows of the table. */
async function alterTable(
  context: TableContext,
  operation: string,
  parameters: Parameters,
  plan: Plan,
  reads: 'nothing' | 'everything' = 'nothing',
): Promise<AlterResult> {
  return await transact<AlterResult>(context, {
    unchanged: ({ version }) => ({ version }),
    async stage(base) {
      const metadata = await plan(base)
      const schema = parseSchema(metadata.schemaString)
      const protocol = protocolFor(base.protocol, metadata.configuration, schema)
      checkWritable(protocol, metadata, schema)
      const isNewProtocol = JSON.stringify(protocol) !== JSON.stringify(base.protocol)
      const isNewMetadata = JSON.stringify(metadata) !== JSON.stringify(base.metadata)
      if (!isNewProtocol && !isNewMetadata) return undefined
      return {
        actions: [...(isNewProtocol ? [{ protocol }] : []), ...(isNewMetadata ? [{ metaData: metadata }] : [])],
        reads: { kind: reads },
        operation,
        parameters,
        metrics: {},
        own: [],
        outcome: (version) => ({ version }),
      }
    },
  })
}

async function addConstraint(context: TableContext, name: string, sql: string): Promise<AlterResult> {
  const refuse = (why: string) =>
    new DeltaError(
      'constraint.invalid',
      `The constraint ${name} cannot be enforced: ${sql} ${why}.`,
      'Write it with comparisons, AND, OR, NOT, IS NULL, IN, BETWEEN, LIKE, + - *, % by a number, coalesce, abs, length, year, month, day or CAST AS STRING.',
      {
        constraint: name,
      },
    )
  return await alterTable(
    context,
    'ADD CONSTRAINT',
    { name, expr: sql },
    async (base) => {
      const metadata = withConstraint(base.metadata, name, sql)
      const shape = shapeOf(base)
      const condition = await toRowCondition(context.connection, sql, shape.schema, refuse)
      const scan = await scanOf([...base.files.values()], shape, context, {})
      const [row] = await queryRows(context.connection, `SELECT count(*) AS n FROM (${scan}) WHERE (${condition.sql}) IS NOT TRUE`)
      if (Number(row?.n) > 0)
        throw new DeltaError(
          'rows.invalid',
          `${Number(row?.n)} rows of the table violate the constraint ${name}.`,
          'Correct or delete the rows first.',
          {
            constraint: name,
            rows: Number(row?.n),
          },
        )
      return metadata
    },
    'everything',
  )
}

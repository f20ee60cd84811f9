import type { ColumnShape, IndexShape, ReferenceShape, TableShape } from '../ddl/shape.ts'

/** Where the database differs from the code, a sentence each; empty when it does not. */
export function driftOf(wanted: readonly TableShape[], live: readonly TableShape[]): string[] {
  return wanted.flatMap((table) => {
    const there = live.find(({ name }) => name === table.name)
    return there === undefined ? [`table ${table.name} is declared and not in the database`] : tableDrift(table, there)
  })
}

function tableDrift(wanted: TableShape, live: TableShape): string[] {
  const missing = wanted.columns.filter(({ name }) => !live.columns.some((column) => column.name === name))
  const extra = live.columns.filter(({ name }) => !wanted.columns.some((column) => column.name === name))
  return [
    ...missing.map((column) => `column ${wanted.name}.${column.name} ${column.type} is declared and not in the database`),
    ...extra.map((column) => `column ${wanted.name}.${column.name} ${column.type} is in the database and not declared`),
    ...wanted.columns.flatMap((column) => {
      const there = live.columns.find(({ name }) => name === column.name)
      return there === undefined ? [] : columnDrift(`column ${wanted.name}.${column.name}`, column, there)
    }),
    ...differs(`table ${wanted.name}`, 'primary key', list(wanted.key), list(live.key)),
    ...missingAndExtra(wanted.name, wanted.indexes.map(indexText), live.indexes.map(indexText)),
    ...missingAndExtra(wanted.name, wanted.references.map(referenceText), live.references.map(referenceText)),
    // A check that is not declared stays: most rules that a database can hold cannot be said as code.
    ...wanted.checks
      .filter((check) => !live.checks.includes(check))
      .map((check) => `${check} on ${wanted.name} is declared and not in the database`),
    ...differs(`table ${wanted.name}`, 'comment', wanted.comment, live.comment),
  ]
}

const columnDrift = (what: string, wanted: ColumnShape, live: ColumnShape): string[] => [
  ...differs(what, 'type', wanted.type, live.type),
  ...differs(what, 'nullability', nullability(wanted), nullability(live)),
  ...differs(what, 'default', wanted.default, live.default),
  ...differs(what, 'generation expression', wanted.generated, live.generated),
  ...differs(what, 'identity', wanted.identity ? 'generated always' : null, live.identity ? 'generated always' : null),
  ...differs(what, 'comment', wanted.comment, live.comment),
]

/** Indexes and foreign keys are told apart by what they do, not by their names. */
function missingAndExtra(table: string, wanted: readonly string[], live: readonly string[]): string[] {
  return [
    ...wanted.filter((text) => !live.includes(text)).map((text) => `${text} on ${table} is declared and not in the database`),
    ...live.filter((text) => !wanted.includes(text)).map((text) => `${text} on ${table} is in the database and not declared`),
  ]
}

const indexText = (index: IndexShape): string => `${index.unique ? 'unique index' : 'index'} (${index.columns.join(', ')})`
const referenceText = ({ columns, table, to }: ReferenceShape): string =>
  `foreign key (${columns.join(', ')}) to ${table} (${to.join(', ')})`
const nullability = (column: ColumnShape): string => (column.notNull ? 'not null' : 'nullable')
const list = (names: readonly string[]): string | null => (names.length === 0 ? null : `(${names.join(', ')})`)

const differs = (what: string, trait: string, wanted: string | null, live: string | null): string[] =>
  wanted === live ? [] : [`${what}: ${trait} is ${live ?? 'missing'} in the database, ${wanted ?? 'missing'} in the code`]

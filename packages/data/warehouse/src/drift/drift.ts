import { isGrant } from '../ddl/grants.ts'
import type { ColumnShape, IndexShape, ReferenceShape, TableShape } from '../ddl/shape.ts'
import type { Migrated } from './migrated.ts'

/**
 * Where the database differs from the code, a sentence each; empty when it does not. Most of what a catalogue can hold no dataset can
 * declare: what migrations have made of that belongs there, what came by hand does not.
 */
export function driftOf(wanted: readonly TableShape[], live: readonly TableShape[], migrated: Migrated = new Map()): string[] {
  return wanted.flatMap((table) => {
    const there = live.find(({ name }) => name === table.name)
    if (there === undefined) return [`table ${table.name} is declared and not in the database`]
    return [...tableDrift(table, there), ...objectDrift(table, there, migrated.get(table.name) ?? [])]
  })
}

function objectDrift(wanted: TableShape, live: TableShape, made: readonly string[]): string[] {
  const lacks = (text: string): boolean => !live.objects.includes(text)
  return [
    ...wanted.objects.filter(lacks).map((text) => `${text} on ${wanted.name} is declared and not in the database`),
    ...made.filter(lacks).map((text) => `${text} on ${wanted.name} was made by a migration and is not in the database`),
    ...live.objects
      .filter((text) => !wanted.objects.includes(text) && !made.includes(text))
      .map(
        (text) =>
          `${text} on ${wanted.name} is in the database, and ${isGrant(text) ? 'not declared' : 'neither a dataset nor a migration has it'}`,
      ),
  ]
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
    ...differs(`table ${wanted.name}`, 'owner', wanted.owner, live.owner),
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

export const indexText = ({ unique, columns, body = `(${columns.join(', ')})` }: IndexShape): string =>
  `${unique ? 'unique index' : 'index'} ${body}`
export const referenceText = ({ columns, table, to, traits }: ReferenceShape): string =>
  `foreign key (${columns.join(', ')}) to ${table} (${to.join(', ')})${traits === '' ? '' : `, ${traits},`}`
const nullability = (column: ColumnShape): string => (column.notNull ? 'not null' : 'nullable')
const list = (names: readonly string[]): string | null => (names.length === 0 ? null : `(${names.join(', ')})`)

const differs = (what: string, trait: string, wanted: string | null, live: string | null): string[] =>
  wanted === live ? [] : [`${what}: ${trait} is ${live ?? 'missing'} in the database, ${wanted ?? 'missing'} in the code`]

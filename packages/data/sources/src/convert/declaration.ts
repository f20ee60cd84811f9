import type { ColumnType, FileFormat } from '@sluice/author'
import { unreachable } from '@sluice/core'

/** A column of a file, and the type that holds its values; `undefined` where the file says a type that no dataset has. */
export interface ProposedColumn {
  readonly name: string
  readonly type: ColumnType | undefined
}

/** What a project declares to pull files like this one, as TypeScript to paste. Pure. */
export function declarationOf(
  name: string,
  format: FileFormat,
  columns: readonly ProposedColumn[],
  { folder = 'inbox', notes = [], sheet }: { readonly folder?: string; readonly notes?: readonly string[]; readonly sheet?: string } = {},
): string {
  const names = named(columns)
  const used = [
    ...new Set(['dataset', 'fileSource', formatCalls[format.kind], 'pull', ...names.map(({ type }) => callOf(type).split('(')[0] ?? '')]),
  ]
  const alike = (one: string): number => names.filter((each) => plain(each.name) === plain(one)).length
  const renamed = names.filter((each) => plain(each.as) !== plain(each.name) || (each.as !== each.name && alike(each.name) > 1))
  const called = snake([subjectOf(name, folder), ...(sheet === undefined ? [] : [sheet])].join(' '))
  const id = identifier(called, used)
  return `import { ${used.toSorted().join(', ')} } from 'sluice'

${notes.map((note) => `// ${note.replaceAll(/\s+/g, ' ')}\n`).join('')}export const ${id}Files = fileSource({ name: '${called}', folder: ${quoted(folder)}, pattern: '${patternOf(name)}', format: ${formatCall(format)} })

export const ${id} = dataset('silver.${called}', {
  on: 'lake',
  columns: {
${names.map(({ as, type }) => `    ${as}: ${callOf(type)},`).join('\n')}
  },
})

export const pull${id[0]?.toUpperCase()}${id.slice(1)} = pull({ from: ${id}Files, into: ${id}${
    renamed.length === 0 ? '' : `, columns: { ${renamed.map((each) => `${each.as}: ${quoted(each.name)}`).join(', ')} }`
  } })`
}

const formatCalls: Readonly<Record<FileFormat['kind'], string>> = {
  csv: 'csv',
  json: 'jsonFile',
  jsonl: 'jsonLines',
  excel: 'excel',
  parquet: 'parquet',
  avro: 'avro',
  xml: 'xml',
  fixed: 'fixedWidth',
}

function formatCall({ kind, ...options }: FileFormat): string {
  const given = Object.entries(options)
  return `${formatCalls[kind]}(${given.length === 0 ? '' : `{ ${given.map(([name, value]) => `${name}: ${quoted(value)}`).join(', ')} }`})`
}

const quoted = (value: unknown): string =>
  typeof value === 'string'
    ? `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
    : JSON.stringify(value)

function callOf(type: ColumnType | undefined): string {
  switch (type?.kind) {
    case undefined:
      return 'text()'
    case 'json':
      return 'jsonb()'
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`
    case 'text':
    case 'integer':
    case 'bigint':
    case 'double':
    case 'boolean':
    case 'date':
    case 'timestamp':
      return `${type.kind}()`
    default:
      return unreachable(type)
  }
}

/** The names by which a pull maps by itself. */
const plain = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '')

function snake(name: string): string {
  const words = name
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  return words === '' ? 'rows' : /^[0-9]/.test(words) ? `_${words}` : words
}

const columnName = (name: string, at: number): string =>
  snake(name) === 'rows' && plain(name) !== 'rows' ? `column_${at + 1}` : snake(name)

/** Names of their own: of two that are spelled alike the second has its place behind it. */
function named(columns: readonly ProposedColumn[]): readonly (ProposedColumn & { readonly as: string })[] {
  const taken = new Set<string>()
  return columns.map((column, at) => {
    const name = columnName(column.name, at)
    const as = taken.has(name) ? `${name}_${at + 1}` : name
    taken.add(as)
    return { ...column, as }
  })
}

/** Not one of the words of the declaration, or of the language. */
function identifier(called: string, used: readonly string[]): string {
  const id = called.replaceAll(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const isTaken = used.includes(id) || words.has(id)
  return isTaken || /^[0-9]/.test(id) ? `rows${id[0]?.toUpperCase()}${id.slice(1)}` : id
}

const words = new Set(
  'break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with let static yield await implements interface package private protected public arguments eval undefined'.split(
    ' ',
  ),
)

const numbers = /\d[\d_-]*/g

/** Files of one name but for what is a date or a number in it. */
export const patternOf = (name: string): string => name.replaceAll(numbers, '*').replaceAll("'", '?')

/** What all files of the pattern are called: without a date or number that is a word, and by their folder where no word is left. */
function subjectOf(name: string, folder: string): string {
  const stem = name.replace(/\.[^/]*$/, '')
  const words = stem.replaceAll(/(?<![\p{L}\d])\d[\d_-]*(?![\p{L}\d])/gu, ' ')
  return /\p{L}/u.test(words) ? words : (folder.split('/').findLast((part) => part !== '') ?? stem)
}

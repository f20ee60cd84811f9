import { fields, table } from '../../format/table.ts'
import type { WarehouseDictionary } from '../../schemas/warehouse-dictionary.ts'

type Table = WarehouseDictionary['tables'][number]
type Column = Table['columns'][number]
type DeclaredObject = WarehouseDictionary['objects'][number]

/** For a terminal. */
export const dictionaryText = ({ project, tables, objects }: WarehouseDictionary): string =>
  tables.length + objects.length === 0
    ? `${project} declares no tables of the warehouse`
    : [
        ...tables.map((each) => `${fields(factsOf(each))}\n\n${columnsText(each)}`),
        ...(objects.length === 0 ? [] : [objectsText(objects)]),
      ].join('\n\n')

const objectsText = (objects: readonly DeclaredObject[]): string =>
  table(
    objects,
    [
      { title: 'DECLARED', of: ({ kind }) => kind },
      { title: 'NAME', of: nameOf },
      { title: 'FILE', of: ({ file, line }) => `${file}:${line}` },
      { title: 'COMMENT', of: ({ comment }) => comment ?? '' },
    ],
    '',
  )

const nameOf = ({ name, on }: DeclaredObject): string => (on === null ? name : `${name} on ${on}`)

const columnsText = ({ columns }: Table): string =>
  table(
    columns,
    [
      { title: 'COLUMN', of: ({ name }) => name },
      { title: 'TYPE', of: ({ type }) => type },
      { title: 'MUST BE THERE', of: ({ notNull }) => (notNull ? 'yes' : '-') },
      { title: 'FILLED', of: filled },
      { title: 'PERSONAL', of: ({ personal }) => (personal ? 'yes' : '-') },
      { title: 'COMMENT', of: ({ comment }) => comment ?? '' },
    ],
    '',
  )

const filled = ({ generated, default: given }: Column): string =>
  generated !== null ? (generated === 'identity' ? 'a running number' : `= ${generated}`) : given !== null ? `unless given: ${given}` : '-'

function factsOf(table: Table): [string, string | undefined][] {
  return [
    [table.kind, table.name],
    ['description', table.description ?? undefined],
    ['owner', table.owner ?? undefined],
    ['tags', table.tags.join(', ')],
    ['key', table.key.join(', ')],
    ['refers to', table.references.map(({ columns, table, on }) => `${table} (${on.join(', ')}) by ${columns.join(', ')}`).join('; ')],
    ['rules', table.checks.join('; ')],
    ['indexes', table.indexes.map(({ unique, what }) => `${unique ? 'unique ' : ''}${what}`).join('; ')],
    ['ordered by', table.order ?? undefined],
    ['kept', table.keep ?? undefined],
    ['partitions', table.partitions ?? undefined],
    [
      'granted',
      Object.entries(table.grants)
        .map(([privilege, roles]) => `${privilege} to ${roles.join(', ')}`)
        .join('; '),
    ],
    ['filled by', table.filledBy.map(byWhom).join('; ')],
  ]
}

const byWhom = ({ kind, name, file }: Table['filledBy'][number]): string => `${kind} ${name}${file === null ? '' : ` (${file})`}`

/** A section for each table, with links between those that refer to one another. */
export const dictionaryMarkdown = ({ project, tables, objects }: WarehouseDictionary): string =>
  [
    `# Warehouse of ${cell(project)}`,
    ...tables.map((each) => tableMarkdown(each, new Set(tables.map(({ name }) => name)))),
    ...(objects.length === 0 ? [] : [objectsMarkdown(objects)]),
  ]
    .join('\n\n')
    .concat('\n')

const objectsMarkdown = (objects: readonly DeclaredObject[]): string =>
  [
    '## Declared in schema/\n',
    '| What | Name | File | What it is |',
    '|---|---|---|---|',
    ...objects.map((each) => `| ${[each.kind, nameOf(each), `${each.file}:${each.line}`, each.comment ?? ''].map(cell).join(' | ')} |`),
  ].join('\n')

function tableMarkdown(described: Table, names: ReadonlySet<string>): string {
  const facts = factsOf(described)
    .slice(2)
    .filter(([, value]) => value !== undefined && value !== '')
  const rows = described.columns.map(
    (column) =>
      `| ${[column.name, column.type, column.notNull ? 'yes' : '', filled(column) === '-' ? '' : filled(column), column.personal ? 'yes' : '', column.comment ?? ''].map(cell).join(' | ')} |`,
  )
  return [
    `## ${cell(described.name)}`,
    [`A ${described.kind}.`, ...(described.description === null ? [] : [cell(described.description)])].join(' '),
    ['| Column | Type | Must be there | Filled | Personal | What it is |', '|---|---|---|---|---|---|', ...rows].join('\n'),
    ...(facts.length === 0 ? [] : [facts.map(([fact, value = '']) => `- ${fact}: ${linked(cell(value), fact, names)}`).join('\n')]),
  ].join('\n\n')
}

const linked = (text: string, fact: string, names: ReadonlySet<string>): string =>
  fact === 'refers to' ? text.replaceAll(/\w+\.\w+/g, (name) => (names.has(name) ? `[${name}](#${anchorOf(name)})` : name)) : text

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-')

/** One line that neither ends a cell nor begins markup. */
const cell = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/[\\|<>*`[\]]/g, (sign) => `\\${sign}`)

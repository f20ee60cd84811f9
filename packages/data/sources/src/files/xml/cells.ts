import { type Element, isBlank, jsonOf } from './element.ts'

/** A value of a row: a text, an element as JSON, or a JSON list of several. */
export type Cell = { readonly text: string } | { readonly json: string } | { readonly list: string } | undefined

/** Where the text of the row itself stands, which has no name below it. */
export const ownText = 'text()'

interface Values {
  readonly parent: string
  /** Which of the elements at the parent's path each stands below, from 0. */
  readonly entries: { readonly below: number; readonly value: string | null; readonly of: Element | undefined }[]
}

/**
 * The values of a row by their paths below it: `@id`, `customer/name`, `customer/@type`. A value whose path occurs once is its text.
 * Several are a list; where the element around them occurs several times, the list has an item for each of those, null where it has none.
 * @param whole paths of elements whose insides are wanted as JSON
 */
export function cellsOf(row: Element, whole: ReadonlySet<string>): ReadonlyMap<string, Cell> {
  const counts = new Map<string, number>([['', 1]])
  const values = new Map<string, Values>()

  function add(path: string, parent: string, below: number, value: string | null, of?: Element): void {
    const entry = { below, value: value === '' ? null : value, of }
    const known = values.get(path)
    if (known === undefined) values.set(path, { parent, entries: [entry] })
    else known.entries.push(entry)
  }

  function visit(element: Element, path: string, parent: string, below: number): void {
    const ordinal = path === '' ? 0 : (counts.get(path) ?? 0)
    counts.set(path, ordinal + 1)
    const step = path === '' ? '' : `${path}/`
    for (const [name, value] of element.attributes) add(`${step}@${name}`, path, ordinal, value)
    for (const child of element.children) visit(child, step + child.name, path, ordinal)
    if (whole.has(path) && element.children.length > 0) add(path, parent, below, null, element)
    else if (isBlank(element.text) ? path !== '' && element.children.length === 0 : true)
      add(path === '' ? ownText : path, parent, below, element.isNull ? null : element.text)
  }

  visit(row, '', '', 0)
  return new Map([...values].map(([path, { parent, entries }]) => [path, cellOf(entries, counts.get(parent) ?? 1)]))
}

function cellOf(entries: Values['entries'], parents: number): Cell {
  const [first] = entries
  if (first === undefined) return undefined
  if (entries.length === 1 && parents === 1) {
    if (first.of !== undefined) return { json: JSON.stringify(jsonOf(first.of)) }
    return first.value === null ? undefined : { text: first.value }
  }
  const itemOf = ({ value, of }: Values['entries'][number]): unknown => (of === undefined ? value : jsonOf(of))
  if (parents === 1) return { list: JSON.stringify(entries.map(itemOf)) }
  const items = Array.from({ length: parents }, (): unknown[] => [])
  for (const entry of entries) items[entry.below]?.push(itemOf(entry))
  return { list: JSON.stringify(items.map((item) => (item.length > 1 ? item : (item[0] ?? null)))) }
}

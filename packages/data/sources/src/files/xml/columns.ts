import { fileErrors } from '../../errors.ts'
import type { RowsColumn } from '../isolated/rows/column.ts'
import type { RowsFile } from '../isolated/rows/rows-file.ts'
import type { Cell } from './cells.ts'
import type { XmlColumn } from './task.ts'

const most = 4096

/** Writes the values of rows into columns that come as they are met: a path has one for texts, and others once it has JSON or lists. */
export interface CellWriter {
  write(cells: ReadonlyMap<string, Cell>): void
  columns(): readonly XmlColumn[]
}

type Form = 'text' | 'json' | 'list'
type Target = Partial<Record<Form, { readonly place: number; readonly column: RowsColumn }>>

export function cellWriter(rows: RowsFile, declared: readonly string[] | null): CellWriter {
  /** The number of the row is the first column. */
  let places = 1
  const targets = new Map<string, Target>((declared ?? []).map((path) => [path, {}]))

  function targetOf(path: string): Target | undefined {
    const known = targets.get(path)
    if (known !== undefined || declared !== null) return known
    if (targets.size === most) {
      throw fileErrors.limit(`its rows have more than ${most} different attributes and leaves, the last of them ${path.slice(0, 200)}`, {
        facts: { limit: most },
        next: 'Declare the fields that are wanted: xml({ rows, fields: { name: "path" } }).',
      })
    }
    const target: Target = {}
    targets.set(path, target)
    return target
  }

  function put(target: Target, form: Form, path: string, value: string): void {
    target[form] ??= { place: places++, column: rows.addColumn(`${path} ${form}`, 'VARCHAR') }
    target[form].column.text(rows.at, value)
  }

  return {
    write(cells) {
      for (const [path, cell] of cells) {
        const target = targetOf(path)
        if (target === undefined || cell === undefined) continue
        if ('text' in cell) put(target, 'text', path, cell.text)
        else if ('json' in cell) put(target, 'json', path, cell.json)
        else put(target, 'list', path, cell.list)
      }
    },
    columns: () =>
      [...targets].map(([path, { text, json, list }]) => ({
        path,
        text: text?.place ?? null,
        json: json?.place ?? null,
        list: list?.place ?? null,
      })),
  }
}

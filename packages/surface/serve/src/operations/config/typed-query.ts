import { given } from '@sluice/core'
import type { Line } from '../../endpoint/line.ts'

/** The project may be left out. One argument alone is the query where it can be one; a project has neither blanks nor `@`. */
export function typedQuery(line: Line): { readonly project?: string; readonly sql?: string } {
  const [first, second] = [line.optionalArg('project'), line.optionalArg('sql')]
  const isQuery = first !== undefined && second === undefined && /[\s@]/.test(first)
  return isQuery ? { sql: first } : given({ project: first, sql: second })
}

import type { Migration } from '@sluice/postgres'

const mark = '-- Declared in schema/: '

/** Tells the next comparison what the files of `schema/` made when this migration was written: what they no longer make has to go. */
export const declaredLine = (subjects: ReadonlySet<string>): string => `${mark}${JSON.stringify([...subjects].sort())}`

/** Of the newest migration that says it. */
export function declaredBefore(migrations: readonly Migration[]): ReadonlySet<string> {
  for (const { up } of [...migrations].sort((a, b) => (a.id < b.id ? 1 : -1))) {
    const line = up.split('\n').find((each) => each.startsWith(mark))
    if (line !== undefined) return new Set(JSON.parse(line.slice(mark.length)) as string[])
  }
  return new Set()
}

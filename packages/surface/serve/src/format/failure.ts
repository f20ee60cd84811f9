import type { ErrorRecord } from '@sluice/core'
import pc from 'picocolors'
import { asTyped } from './as-typed.ts'
import { printable } from './printable.ts'

type Shown = Pick<ErrorRecord, 'code' | 'message' | 'kind' | 'facts'> & {
  readonly next?: string | undefined
  readonly stack?: string | undefined
}

/** An error as a person reads it: what, where, what to do. */
export function failureText(error: Shown): string {
  const lines = [`${pc.red('error')} ${pc.dim(printable(error.code))}  ${printable(error.message)}`]
  const frame = error.facts?.frame
  if (typeof frame === 'string' && !error.message.includes(frame)) lines.push('', ...printable(frame).split('\n').map(frameLine), '')
  if (error.next !== undefined) lines.push(`${pc.cyan('next')}   ${printable(asTyped(error.next))}`)
  if (error.kind === 'bug' && error.stack !== undefined) lines.push(pc.dim(printable(error.stack)))
  return lines.join('\n')
}

/**
 * Errors of tasks, each once: where one source is away, dozens fail in the same words.
 */
export function failuresText(tasks: readonly { readonly task: string; readonly error: Shown | null }[]): readonly string[] {
  const names = new Map<string, string[]>()
  for (const { task, error } of tasks) {
    if (error === null) continue
    const text = failureText({ ...error, stack: undefined })
    names.set(text, [...(names.get(text) ?? []), task])
  }
  return [...names].map(
    ([text, of]) => `${of.length > 4 ? `${of.slice(0, 3).join(', ')} and ${of.length - 3} more` : of.join(', ')}:\n${text}`,
  )
}

/** Of projects by their names, relative to the folder of the platform; that of a project at the root is empty. */
export type ProjectFolders = Readonly<Record<string, string>>

/**
 * A definition's error, or what is only a warning, with its place and the source around it, the marked lines in colour. The place is a path
 * from the folder of the platform: a terminal and an editor open it.
 */
export function definitionErrorText(
  error: {
    readonly project: string
    readonly file: string
    readonly line: number | null
    readonly column: number | null
    readonly message: string
    readonly next: string | null
    readonly frame: string | null
  },
  folders: ProjectFolders,
  severity: 'error' | 'warning' = 'error',
): string {
  const folder = folders[error.project] ?? error.project
  const file = folder === '' ? error.file : `${folder}/${error.file}`
  const place = [file, error.line, error.column].filter((part) => part !== null).join(':')
  const colour = severity === 'error' ? pc.red : pc.yellow
  const lines = [`${colour(severity)}  ${pc.bold(printable(place))}`, `       ${printable(error.message)}`]
  if (error.frame !== null) lines.push('', ...printable(error.frame).split('\n').map(frameLine), '')
  if (error.next !== null) lines.push(`${pc.cyan('next')}   ${printable(asTyped(error.next))}`)
  return lines.join('\n')
}

const frameLine = (line: string): string =>
  /^\s*>/.test(line) ? pc.red(line) : /^\s*(\d+\s*)?\|\s*\^/.test(line) ? pc.red(line) : pc.dim(line)

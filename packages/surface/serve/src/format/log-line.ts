import { inspect } from 'node:util'
import pc from 'picocolors'
import { printable } from './printable.ts'

export interface LogEntry {
  readonly at: string | null
  readonly level: string
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>> | null
}

/** A line of an attempt's log; a line that is not our JSON (a crash wrote it) is a message by itself. */
export function readLogLine(line: string): LogEntry {
  try {
    const parsed = JSON.parse(line) as Partial<LogEntry>
    if (typeof parsed.message === 'string') {
      return { at: parsed.at ?? null, level: parsed.level ?? 'info', message: parsed.message, facts: parsed.facts ?? null }
    }
  } catch {
    // Not JSON: shown as it is.
  }
  return { at: null, level: 'info', message: line, facts: null }
}

const levels: Readonly<Record<string, (text: string) => string>> = { debug: pc.dim, info: pc.cyan, warn: pc.yellow, error: pc.red }

/**
 * `03:30:01.204 info  snapshot verified  rows=120`. Messages keep their own line breaks: reports are printed as written. The stack of an
 * error comes below, a line each, and its message once.
 */
export function logLine({ at, level, message, facts }: LogEntry): string {
  const time = at === null ? '' : `${pc.dim(printable(at.slice(11, 23)))} ${(levels[level] ?? String)(printable(level).padEnd(5))} `
  const { stack, ...others } = facts ?? {}
  const shown = Object.entries(others).filter(([name, value]) => name !== 'message' || value !== message)
  const rest = shown.map(([name, value]) => `${pc.dim(`${printable(name)}=`)}${printable(short(value))}`)
  const below = stack === undefined ? [] : [pc.dim(printable(indented(typeof stack === 'string' ? stack : short(stack), message)))]
  return [`${time}${printable(message)}${rest.length === 0 ? '' : `  ${rest.join(' ')}`}`, ...below].join('\n')
}

/** Of a stack that begins with the message only what follows it. */
function indented(stack: string, message: string): string {
  const at = stack.indexOf(message)
  const frames = at !== -1 && stack.slice(at + message.length).startsWith('\n') ? stack.slice(at + message.length + 1) : stack
  return frames.replaceAll(/^ */gm, '    ')
}

const short = (value: unknown): string =>
  typeof value === 'string' && !value.includes(' ') ? value : inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 3 })

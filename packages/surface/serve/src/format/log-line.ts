import { inspect } from 'node:util'
import pc from 'picocolors'
import { asTyped } from './as-typed.ts'
import { ownFrames, ownPlace } from './own-frames.ts'
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
 * `03:30:01.204 info  snapshot verified  rows=120`. Messages keep their own line breaks: reports are printed as written. Of an error what
 * to do and the frames of the project's own code come below, a line each; the whole stack where it has none.
 *
 * @param folders of the projects, as the reader would open them
 */
export function logLine({ at, level, message, facts }: LogEntry, folders: readonly string[] = []): string {
  const time = at === null ? '' : `${pc.dim(printable(at.slice(11, 23)))} ${(levels[level] ?? String)(printable(level).padEnd(5))} `
  const { stack, ...others } = facts ?? {}
  const { inline, below } = typeof others.code === 'string' ? errorFacts(others, message, folders) : { inline: others, below: [] }
  const shown = Object.entries(inline).filter(([name, value]) => name !== 'message' || value !== message)
  const rest = shown.map(([name, value]) => `${pc.dim(`${printable(name)}=`)}${printable(short(value))}`)
  const trace = stack === undefined ? [] : [pc.dim(printable(traceOf(stack, message, folders)))]
  return [`${time}${printable(message)}${rest.length === 0 ? '' : `  ${rest.join(' ')}`}`, ...below, ...trace].join('\n')
}

/** Of an error as the engine logs it: its code beside the message, and below what a person reads, each text with its own lines. */
function errorFacts(
  error: Readonly<Record<string, unknown>>,
  message: string,
  folders: readonly string[],
): { readonly inline: Readonly<Record<string, unknown>>; readonly below: readonly string[] } {
  const { kind: _, next, facts, ...inline } = error
  const { place, frame, ...inner } = isObject(facts) ? facts : {}
  const lines: string[] = []
  if (typeof frame === 'string' && !message.includes(frame)) lines.push(...frame.split('\n').map((line) => pc.dim(printable(line))))
  for (const [name, value] of Object.entries(inner)) {
    const text = typeof value === 'string' ? value : short(value)
    lines.push(`${pc.dim(`${printable(name)}:`)} ${printable(text).replaceAll('\n', '\n      ')}`)
  }
  if (typeof next === 'string') {
    const said = typeof place === 'string' ? next.replaceAll(place, () => ownPlace(place, folders)) : next
    lines.push(`${pc.cyan('next')} ${printable(asTyped(said))}`)
  }
  return { inline, below: lines.map((line) => `    ${line}`) }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function traceOf(stack: unknown, message: string, folders: readonly string[]): string {
  if (typeof stack !== 'string') return indented(short(stack), message)
  const own = ownFrames(stack, folders)
  return own.length === 0 ? indented(stack, message) : own.map((line) => `    ${line}`).join('\n')
}

/** Of a stack that begins with the message only what follows it. */
function indented(stack: string, message: string): string {
  const at = stack.indexOf(message)
  const frames = at !== -1 && stack.slice(at + message.length).startsWith('\n') ? stack.slice(at + message.length + 1) : stack
  return frames.replaceAll(/^ */gm, '    ')
}

const short = (value: unknown): string =>
  typeof value === 'string' && !value.includes(' ') ? value : inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 3 })

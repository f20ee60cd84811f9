import type { Logger } from '@sluice/author'

/** A line that a task logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>> | undefined
}

/** A logger that keeps its lines. */
export function keptLog(lines: LogLine[] = []): Logger & { readonly lines: readonly LogLine[] } {
  const at =
    (level: LogLine['level']) =>
    (message: string, facts?: Readonly<Record<string, unknown>>): void => {
      lines.push({ level, message, facts })
    }
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

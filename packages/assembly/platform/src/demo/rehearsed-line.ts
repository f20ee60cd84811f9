import type { Logger } from '@sluice/author'

/** A line of a task's log; `facts` are JSON. */
export interface RehearsedLine {
  readonly at: string
  readonly level: string
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>> | null
}

/** A log that tells its lines. */
export function tellingLogger(tell: (line: RehearsedLine) => void): Logger {
  const at =
    (level: string) =>
    (message: string, facts?: Readonly<Record<string, unknown>>): void =>
      tell(JSON.parse(JSON.stringify({ at: new Date().toISOString(), level, message, facts: facts ?? null })) as RehearsedLine)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

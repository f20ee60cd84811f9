import type { Instant } from '@sluice/core'

/** The words that Sluice puts into messages itself, in one language. */
export interface Words {
  /** BCP 47. */
  readonly tag: 'en' | 'fr'
  readonly run: {
    readonly succeeded: (pipeline: string, day: string) => string
    readonly failed: (pipeline: string, task: string, day: string) => string
    readonly facts: Readonly<Record<'project' | 'pipeline' | 'run' | 'logicalTime' | 'ended' | 'took' | 'task' | 'alsoFailed', string>>
    readonly attempt: (task: string, attempt: number) => string
    readonly error: string
    readonly next: string
    readonly readLog: string
    readonly again: string
    readonly where: string
    readonly open: string
    readonly written: string
    readonly columns: Readonly<Record<'dataset' | 'written' | 'quarantined', string>>
  }
  readonly digest: {
    /** `1,000 messages: ...`. */
    readonly subject: (count: number, first: string) => string
    readonly title: (count: number) => string
    readonly more: (count: number) => string
    readonly columns: Readonly<Record<'count' | 'subject', string>>
    readonly first: string
    readonly footer: string
  }
  readonly number: (value: number) => string
  readonly duration: (ms: number) => string
  /** With the zone. */
  readonly moment: (instant: Instant, timeZone: string) => string
}

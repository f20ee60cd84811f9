import { type Duration, durationMs } from '@sluice/core'
import type { DatasetFacts } from './any-dataset.ts'

/** A quarter: who corrects a batch after that corrects the last one of its keys. */
const kept: Duration = '90d'

/** How long rows stay beside a table that another row stands in for, after the newest batch has left their time behind. */
export const supersededMs = ({ superseded = kept }: Pick<DatasetFacts, 'superseded'>): number => durationMs(superseded)

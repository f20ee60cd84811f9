import { cron, pipeline, task } from 'sluice'
import { answers } from '../datasets/prices.ts'
import { answersOf, clean, enough, publish } from './prices.ts'

const landDay = task({
  name: 'land_day',
  fills: [answers],
  run: (_, context) => context.lake.land(answers, answersOf(context, hoursUpTo(context.interval.end))),
})
const hoursUpTo = (end: number) => Array.from({ length: 24 }, (_, hour) => end - (23 - hour) * 3_600_000)

/** Days of the past, by backfill: only what is asked for differs. */
export default pipeline({ name: 'prices_history', schedule: cron('@daily'), maxActiveRuns: 4, steps: [landDay, clean, publish, enough] })

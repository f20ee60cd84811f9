export type { CreditStatement } from './credits.ts'
export { HISTORY_RANGE_DAYS, type HistoryPoint, INTERVALS, type Interval } from './history.ts'
export { type AssetBody, assetsAt, type Quote, quote } from './quote.ts'
export { type CoincapOptions, type CoincapSimulator, start } from './start.ts'

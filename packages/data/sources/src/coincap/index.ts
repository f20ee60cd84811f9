export { type CreditTariff, creditsOf } from '@sluice/author'
export { type CoinCap, coincap, type HistoryInterval } from './client.ts'
export { defaultTariff } from './credits.ts'
export { type AssetsOfRun, coincapBudget, coincapConnection } from './plan.ts'

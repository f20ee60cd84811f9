export { type CreditTariff, creditsOf } from '@sluice/core'
export { type CoinCap, coincap, type HistoryInterval } from './client.ts'
export { defaultTariff } from './credits.ts'

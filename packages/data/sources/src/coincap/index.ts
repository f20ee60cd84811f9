export { type CoinCap, coincap, type HistoryInterval } from './client.ts'
export { type CreditTariff, creditsOf, defaultTariff } from './credits.ts'

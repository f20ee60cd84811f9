export { type CoinCap, type CreditTariff, coincap, creditsOf, defaultTariff, type HistoryInterval } from '@sluice/sources/coincap'

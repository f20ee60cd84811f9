export {
  type AssetsOfRun,
  type CoinCap,
  type CreditTariff,
  coincap,
  coincapBudget,
  coincapConnection,
  creditsOf,
  defaultTariff,
  type HistoryInterval,
} from '@sluice/sources/coincap'

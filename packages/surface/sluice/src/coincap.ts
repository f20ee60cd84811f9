export {
  type AssetsOfRun,
  assetBodies,
  type CoinCap,
  type CreditTariff,
  coincap,
  coincapBudget,
  coincapConnection,
  creditsOf,
  defaultTariff,
  type HistoryInterval,
} from '@sluice/sources/coincap'

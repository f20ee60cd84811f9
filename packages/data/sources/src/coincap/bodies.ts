import { bigint, json, texts } from '@sluice/author'

const asset = {
  ...texts('id', 'rank', 'symbol', 'name', 'supply', 'maxSupply'),
  ...texts('marketCapUsd', 'volumeUsd24Hr', 'priceUsd', 'changePercent24Hr', 'vwap24Hr'),
}

/** How the answers of `/assets` read as rows: figures as the text that CoinCap wrote, and when it computed them (epoch milliseconds). */
export const assetBodies = json('$.data[*]', asset, { computed_at: bigint({ at: '$.timestamp' }) })

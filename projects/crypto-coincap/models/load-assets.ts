import { type Group, load } from 'sluice'
import { cryptoTempsReel } from '../tables/crypto-temps-reel.ts'
import type { assetsOf } from './assets.ts'

/** Typed snapshots into the warehouse; a rerun replaces exactly its own. */
export const loadAssets = (assets: ReturnType<typeof assetsOf>, options: { readonly in?: Group } = {}) =>
  load({
    from: assets,
    into: cryptoTempsReel,
    mode: 'append',
    ...options,
    retry: { attempts: 4, delay: '2s', backoff: 'exponential' },
    timeout: '5m',
    columns: {
      crypto_id: 'asset_id',
      rang: 'rank',
      symbole: 'symbol',
      nom: 'name',
      supply_circulant: 'supply',
      supply_max: 'max_supply',
      prix_usd: 'price_usd',
      variation_24h_pourcent: 'change_24h_percent',
      vwap_24h: 'vwap_24h_usd',
      timestamp_import: 'snapshot_at',
    },
  })

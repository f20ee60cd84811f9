import { given } from 'sluice'
import { cleanAssets, rollUpDays, rollUpHours } from './market.ts'

const hour = 3_600_000
const noon = Date.UTC(2026, 10, 29, 12)
const body = { rank: '1', symbol: 'BTC', name: 'Bitcoin', computed_at: noon + 5_000 }

export const numbersStayExactAndNegativePricesLeave = given(
  cleanAssets,
  {
    coincapAssets: [
      { ...body, id: 'bitcoin', priceUsd: '91000.123456789012345678' },
      { ...body, id: 'broken', priceUsd: '-1' },
    ],
  },
  {
    at: noon,
    expect: [
      {
        crypto_id: 'bitcoin',
        timestamp_import: noon,
        seen_at: noon + 5_000,
        rang: 1,
        prix_usd: '91000.123456789012345678',
        supply_max: null,
      },
    ],
  },
)

const bitcoin = { crypto_id: 'bitcoin', symbole: 'BTC', nom: 'Bitcoin', rang: 1 }
const market = [
  { ...bitcoin, timestamp_import: noon, prix_usd: '100' },
  { ...bitcoin, timestamp_import: noon + hour / 2, prix_usd: '130' },
  { ...bitcoin, timestamp_import: noon + hour, prix_usd: '90' },
]

export const anHourHoldsItsSnapshotsAlone = given(
  rollUpHours,
  { assets: market },
  {
    expect: [
      { crypto_id: 'bitcoin', heure: noon, instantanes: 2, prix_min: '100', prix_max: '130', prix_somme: '230', prix_cloture: '130' },
      { crypto_id: 'bitcoin', heure: noon + hour, instantanes: 1, prix_min: '90', prix_max: '90', prix_somme: '90', prix_cloture: '90' },
    ],
  },
)

/** 23:30 in Paris and 00:30 of the next day. */
const lateInParis = [
  { ...bitcoin, timestamp_import: noon + 10.5 * hour, prix_usd: '100' },
  { ...bitcoin, timestamp_import: noon + 11.5 * hour, prix_usd: '110' },
]

export const aDayIsThatOfParis = given(
  rollUpDays,
  { assets: lateInParis },
  {
    expect: [
      { crypto_id: 'bitcoin', jour: '2026-11-29', instantanes: 1, prix_cloture: '100' },
      { crypto_id: 'bitcoin', jour: '2026-11-30', instantanes: 1, prix_cloture: '110' },
    ],
  },
)

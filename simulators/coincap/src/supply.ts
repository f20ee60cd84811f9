import type { CatalogueAsset } from './catalogue.ts'

const DAY_MS = 86_400_000
const REFERENCE = Date.UTC(2026, 0, 1)

/** Units added a day: bitcoin's since its 2024 halving, 2.5 % a year for coins without a maximum, 1 % for the others. */
function issuedDaily({ slug, supply, maxSupply, behaviour }: CatalogueAsset): number {
  if (slug === 'bitcoin') return 450
  if (maxSupply === null) return typeof behaviour === 'number' ? (supply * 0.025) / 365 : (supply * 0.1) / 365
  return (supply * 0.01) / 365
}

/** Circulating units at an instant: whole units, growing every hour, never beyond the maximum nor below half the reference. */
export function supplyAt(asset: CatalogueAsset, instant: number): number {
  const days = Math.floor((instant - REFERENCE) / 3_600_000) / (DAY_MS / 3_600_000)
  const units = Math.round(asset.supply + issuedDaily(asset) * days)
  return Math.min(Math.max(units, Math.ceil(asset.supply / 2)), asset.maxSupply ?? Number.POSITIVE_INFINITY)
}

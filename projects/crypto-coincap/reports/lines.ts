import type { RowOf } from 'sluice'
import type { cryptoTempsReel } from '../datasets/warehouse.ts'

type Snapshot = RowOf<typeof cryptoTempsReel>

/** Facts of the report, all of the latest snapshot. Decimals as text. */
export interface ReportFacts {
  /** `YYYY-MM-DD` in the project's zone. */
  readonly day: string
  /** `HH:MM:SS` in the project's zone. */
  readonly time: string
  readonly top: readonly Pick<Snapshot, 'rang' | 'symbole' | 'nom' | 'prix_usd' | 'variation_24h_pourcent'>[]
  readonly marketCapUsd: string | null
  readonly meanVariation: string | null
  /** Weighted by market capitalisation, so that small coins do not dominate. */
  readonly weightedVariation: string | null
}

export const titleOf = ({ day }: Pick<ReportFacts, 'day'>): string => `RAPPORT CRYPTO QUOTIDIEN - ${day}`

/** The daily report as people read it, in French. Pure: facts in, lines out. */
export function reportLines(facts: ReportFacts): readonly string[] {
  const title = titleOf(facts)
  const header = row('rang', 'symbole', 'nom', 'prix_usd', 'variation_24h_pourcent')
  return [
    title,
    '='.repeat(title.length),
    '',
    'TOP 10',
    header,
    '-'.repeat(header.length),
    ...facts.top.map((each) => row(String(each.rang), each.symbole, each.nom, price(each.prix_usd), percent(each.variation_24h_pourcent))),
    '',
    `Market Cap Total: ${byMagnitude(facts.marketCapUsd)}`,
    `Performance Moyenne: ${percent(facts.meanVariation)}`,
    `Performance Pondérée: ${percent(facts.weightedVariation)}`,
    `Dernière mise à jour: ${facts.time}`,
  ]
}

const row = (rank: string, symbol: string, name: string, priceUsd: string, variation: string): string =>
  `${rank.padStart(4)}  ${symbol.padEnd(8)}  ${name.slice(0, 24).padEnd(24)}  ${priceUsd.padStart(16)}  ${variation.padStart(22)}`

/** Signed, two decimals: `+1.23 %`. */
export const percent = (value: string | null): string =>
  value === null
    ? 'n/d'
    : `${Number(value) <= -0.005 ? '' : '+'}${Number(value)
        .toFixed(2)
        .replace(/^-(?=0\.00$)/, '')} %`

/** Enough digits to tell cheap coins apart. */
export const price = (value: string): string => `$${Number(value) >= 1 ? Number(value).toFixed(2) : Number(value).toPrecision(4)}`

/**
 * `$2.45 mille Md` (10^12), `$830.10 Md` (10^9), `$12.00 M`: the unit by magnitude, never fixed. No "billion": French and English mean
 * different numbers.
 */
export function byMagnitude(usd: string | null): string {
  const value = Number(usd)
  const [size, unit] = (
    [
      [1e12, 'mille Md'],
      [1e9, 'Md'],
      [1e6, 'M'],
    ] as const
  ).find(([limit]) => value >= limit) ?? [1, '']
  return `$${(value / size).toFixed(2)}${unit === '' ? '' : ` ${unit}`}`
}

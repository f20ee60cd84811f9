import { amount, price, signedPercent, whole } from './french.ts'
import type { Asset, Market } from './market.ts'

/** Facts of the report, all of the latest snapshot. Decimals as text. */
export interface ReportFacts {
  /** `YYYY-MM-DD` in the project's zone. */
  readonly day: string
  /** `HH:MM:SS` in the project's zone. */
  readonly time: string
  readonly top: readonly Asset[]
  readonly market: Market
  readonly before: Market | undefined
  /** Rows of the snapshot that are in quarantine, and how many it had. */
  readonly leftOut: { readonly rows: number; readonly of: number }
}

/** The report as people read it in a log, in French. Pure: facts in, lines out. */
export function reportLines({ day, time, top, market, before, leftOut }: ReportFacts): readonly string[] {
  const title = `RAPPORT CRYPTO QUOTIDIEN - ${day}`
  const header = row('Rang', 'Symbole', 'Nom', 'Prix', '24 h')
  return [
    title,
    '='.repeat(title.length),
    '',
    'TOP 10',
    header,
    '-'.repeat(header.length),
    ...top.map(({ rang, symbole, nom, prix, jour }) => row(String(rang), symbole, nom, price(prix), signedPercent(jour))),
    '',
    `Market Cap Total: ${amount(market.total)}${before === undefined ? '' : ` (hier ${amount(before.total)})`}`,
    `Performance Moyenne: ${signedPercent(market.mean)}`,
    `Performance Pondérée: ${signedPercent(market.weighted)}`,
    `En hausse / en baisse: ${whole(market.up)} / ${whole(market.down)}${before === undefined ? '' : ` (hier ${whole(before.up)} / ${whole(before.down)})`}`,
    `Mises de côté: ${whole(leftOut.rows)} sur ${whole(leftOut.of)}`,
    `Dernière mise à jour: ${time}`,
  ]
}

const row = (rank: string, symbol: string, name: string, priceUsd: string, variation: string): string =>
  `${rank.padStart(4)}  ${symbol.padEnd(8)}  ${name.slice(0, 24).padEnd(24)}  ${priceUsd.padStart(16)}  ${variation.padStart(10)}`

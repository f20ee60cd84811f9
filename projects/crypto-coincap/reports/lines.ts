import { amount, price, signedPercent, whole } from './french.ts'
import { type Market, type MarketFacts, risenAndFallen } from './market.ts'

/** Facts of the report, all of the latest snapshot; day and time in the project's zone. */
interface ReportFacts extends MarketFacts {
  readonly day: string
  readonly time: string
  /** Rows of the snapshot that are in quarantine, and how many it had. */
  readonly leftOut: { readonly rows: number; readonly of: number }
}

/** The report as people read it in a log, in French. */
export function reportLines({ day, time, top, market, before, leftOut }: ReportFacts): readonly string[] {
  const title = `RAPPORT CRYPTO QUOTIDIEN - ${day}`
  const header = row('Rang', 'Symbole', 'Nom', 'Prix', '24 h')
  const yesterday = (say: (market: Market) => string): string => (before === null ? '' : ` (hier ${say(before)})`)
  return [
    title,
    '='.repeat(title.length),
    '',
    'TOP 10',
    header,
    '-'.repeat(header.length),
    ...top.map(({ rang, symbole, nom, prix, jour }) => row(String(rang), symbole, nom, price(prix), signedPercent(jour))),
    '',
    `Market Cap Total: ${amount(market.total)}${yesterday(({ total }) => amount(total))}`,
    `Performance Moyenne: ${signedPercent(market.mean)}`,
    `Performance Pondérée: ${signedPercent(market.weighted)}`,
    `En hausse / en baisse: ${risenAndFallen(market)}${yesterday(risenAndFallen)}`,
    `Mises de côté: ${whole(leftOut.rows)} sur ${whole(leftOut.of)}`,
    `Dernière mise à jour: ${time}`,
  ]
}

const row = (rank: string, symbol: string, name: string, priceUsd: string, variation: string): string =>
  `${rank.padStart(4)}  ${symbol.padEnd(8)}  ${name.slice(0, 24).padEnd(24)}  ${priceUsd.padStart(16)}  ${variation.padStart(10)}`

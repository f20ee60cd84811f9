import { decimal, figure, heading, integer, type RowOf, sqlFile, table, text, toned } from 'sluice'
import { amount, arrowed, called, counted, percent, price, signedPercent, whole } from './french.ts'

const exact = decimal(38, 18)
const count = integer({ notNull: true })
const word = text({ notNull: true })
export const marketColumns = { at: word, assets: count, total: exact, mean: exact, weighted: exact, up: count, down: count }
export const assetColumns = { rang: count, symbole: word, nom: word, prix: decimal(38, 18, { notNull: true }), jour: exact, semaine: exact }
type Market = RowOf<typeof marketColumns>
/** Of rows with `at`, `variation` in percent and `cap` in USD. */
export const marketOf = sqlFile(import.meta, 'market.sql')

/** What people read of a market: as it is, as it was a day before where something is known of it, and its first assets. */
interface MarketFacts {
  readonly market: Market
  readonly before: Market | null
  readonly top: readonly RowOf<typeof assetColumns>[]
}

export const worth = ({ total }: Market): string => amount(total)
/** `9 / 111`. */
export const risenAndFallen = ({ up, down }: Market): string => `${whole(up)} / ${whole(down)}`
/** `hier 2 180 Md $`, where something is known of the day before. */
export const yesterday = (before: Market | null, say: (market: Market) => string) => (before === null ? undefined : `hier ${say(before)}`)

/** `Le marché recule de 3,9 % ; 9 cryptomonnaies sur 120 montent`. */
export function finding({ total, weighted, up, assets }: Market): string {
  if (weighted === null) return `Marché crypto\u00a0: ${amount(total)}`
  const by = Number(weighted)
  const moves = Math.abs(by) < 0.05 ? 'est stable' : `${by > 0 ? 'progresse' : 'recule'} de ${percent(Math.abs(by), 1)}`
  return `Le marché ${moves}\u00a0; ${counted(up, 'cryptomonnaie')} sur ${whole(assets)} ${up < 2 ? 'monte' : 'montent'}`
}

/** By mail: three figures and what has changed, then the ten first; their week where it is known. */
export const marketParts = ({ market, before, top }: MarketFacts) => [
  figure({ label: 'Capitalisation totale', value: worth(market), change: yesterday(before, worth) ?? arrowed(market.weighted) }),
  figure({ label: 'Variation moyenne', value: signedPercent(market.mean), change: `pondérée ${signedPercent(market.weighted)}` }),
  figure({
    label: 'En hausse / en baisse',
    value: risenAndFallen(market),
    change: yesterday(before, risenAndFallen) ?? `sur ${whole(market.assets)}`,
  }),
  heading('Les dix premières'),
  table({
    rows: top,
    columns: [
      { name: '#', align: 'right', cell: ({ rang }) => toned(String(rang), 'quiet') },
      { name: 'Cryptomonnaie', cell: called },
      { name: 'Prix', align: 'right', cell: ({ prix }) => price(prix) },
      { name: '24 h', align: 'right', cell: ({ jour }) => arrowed(jour) },
      top.some(({ semaine }) => semaine !== null) && { name: '7 j', align: 'right', wideOnly: true, cell: (each) => arrowed(each.semaine) },
    ],
  }),
]

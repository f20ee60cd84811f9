import { type Block, figure, heading, message, note, paragraph, table, toned } from 'sluice'
import { amount, arrowed, percent, price, several, signedPercent, whole } from './french.ts'
import type { Asset, Market } from './market.ts'

export interface MarketMail {
  readonly subject: string
  /** What the figures are of: a day, a snapshot. */
  readonly about: string
  readonly market: Market
  /** The same a day before; `undefined`: nothing is known of it. */
  readonly before: Market | undefined
  readonly top: readonly Asset[]
  /** What stands out, heaviest first, in words. */
  readonly notable?: readonly string[]
  /** What was left out or went wrong, a sentence each. */
  readonly remarks: readonly string[]
  readonly footer: string
}

/** `Le marché recule de 3,9 % ; 9 cryptomonnaies sur 120 montent`. */
export function finding({ total, weighted, up, assets }: Market): string {
  if (weighted === null) return `Marché crypto\u00a0: ${amount(total)}`
  const by = Number(weighted)
  const moves = Math.abs(by) < 0.05 ? 'est stable' : `${by > 0 ? 'progresse' : 'recule'} de ${percent(Math.abs(by), 1)}`
  return `Le marché ${moves}\u00a0; ${several(up, 'cryptomonnaie')} sur ${whole(assets)} ${up < 2 ? 'monte' : 'montent'}`
}

/** A market by mail: the finding, three figures and what has changed, the ten first, what stands out, what was left out. */
export function marketMail({ market, before, top, notable = [], remarks, ...mail }: MarketMail) {
  const withWeek = top.some(({ semaine }) => semaine !== undefined && semaine !== null)
  const body: readonly Block[] = [
    paragraph(toned(mail.about, 'quiet')),
    figure({
      label: 'Capitalisation totale',
      value: amount(market.total),
      change: before === undefined ? arrowed(market.weighted) : `hier ${amount(before.total)}`,
    }),
    figure({ label: 'Variation moyenne', value: signedPercent(market.mean), change: `pondérée ${signedPercent(market.weighted)}` }),
    figure({
      label: 'En hausse / en baisse',
      value: `${whole(market.up)} / ${whole(market.down)}`,
      change: before === undefined ? `sur ${whole(market.assets)}` : `hier ${whole(before.up)} / ${whole(before.down)}`,
    }),
    heading('Les dix premières'),
    table({
      rows: top,
      columns: [
        { name: '#', align: 'right', cell: ({ rang }) => toned(String(rang), 'quiet') },
        { name: 'Cryptomonnaie', cell: ({ nom, symbole }) => (nom === symbole ? nom : `${nom} ${symbole}`) },
        { name: 'Prix', align: 'right', cell: ({ prix }) => price(prix) },
        { name: '24 h', align: 'right', cell: ({ jour }) => arrowed(jour) },
        ...(withWeek
          ? [
              {
                name: '7 j',
                align: 'right',
                wideOnly: true,
                cell: ({ semaine = null }: Asset) => arrowed(semaine),
              } as const,
            ]
          : []),
      ],
    }),
    ...(notable.length === 0 ? [] : [heading('Ce qui sort de l’ordinaire'), paragraph(`${notable.join(', ')}.`)]),
    ...remarks.map((each) => note(each)),
  ]
  return message({ subject: mail.subject, title: finding(market), lang: 'fr', body, footer: mail.footer })
}

import { expect, test } from 'vitest'
import { reportLines } from './lines.ts'

/** As a reader sees it: every kind of space is one. */
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ')

test('the report has a header, the top ten, the figures with those of the day before, what was left out, and the time, as a French reader writes them', () => {
  const lines = reportLines({
    day: '2026-11-21',
    time: '04:30:00',
    top: [{ rang: 1, symbole: 'BTC', nom: 'Bitcoin', prix: '97123.456000000000000000', jour: '-1.256000000000000000', semaine: null }],
    market: {
      at: '2026-11-21',
      assets: 120,
      total: '2450000000000.000000000000000000',
      mean: '4.300000000000000000',
      weighted: null,
      up: 9,
      down: 111,
    },
    before: { at: '2026-11-20', assets: 120, total: '2390000000000', mean: '0', weighted: '0', up: 64, down: 56 },
    leftOut: { rows: 2, of: 122 },
  })
  expect(lines.map(plain)).toEqual([
    'RAPPORT CRYPTO QUOTIDIEN - 2026-11-21',
    '=====================================',
    '',
    'TOP 10',
    'Rang  Symbole   Nom                                   Prix        24 h',
    '----------------------------------------------------------------------',
    '   1  BTC       Bitcoin                        97 123,46 $     −1,26 %',
    '',
    'Market Cap Total: 2 450 Md $ (hier 2 390 Md $)',
    'Performance Moyenne: +4,30 %',
    'Performance Pondérée: n/d',
    'En hausse / en baisse: 9 / 111 (hier 64 / 56)',
    'Mises de côté: 2 sur 122',
    'Dernière mise à jour: 04:30:00',
  ])
})

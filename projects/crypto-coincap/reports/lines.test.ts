import { expect, test } from 'vitest'
import { byMagnitude, reportLines } from './lines.ts'

test('the report has a header, the top ten, the total, the mean and the time', () => {
  const lines = reportLines({
    day: '2026-11-21',
    time: '04:30:00',
    top: [
      { rang: 1, symbole: 'BTC', nom: 'Bitcoin', prix_usd: '97123.456000000000000000', variation_24h_pourcent: '-1.256000000000000000' },
    ],
    marketCapUsd: '2450000000000.000000000000000000',
    meanVariation: '0.500000000000000000',
    weightedVariation: null,
  })
  expect(lines).toEqual([
    'RAPPORT CRYPTO QUOTIDIEN - 2026-11-21',
    '=====================================',
    '',
    'TOP 10',
    'rang  symbole   nom                               prix_usd  variation_24h_pourcent',
    '----------------------------------------------------------------------------------',
    '   1  BTC       Bitcoin                          $97123.46                 -1.26 %',
    '',
    'Market Cap Total: $2.45 mille Md',
    'Performance Moyenne: +0.50 %',
    'Performance Pondérée: n/d',
    'Dernière mise à jour: 04:30:00',
  ])
})

test.each([
  ['2450000000000', '$2.45 mille Md'],
  ['830100000000', '$830.10 Md'],
  ['12000000', '$12.00 M'],
  ['950', '$950.00'],
])('%s dollars read as %s', (usd, shown) => {
  expect(byMagnitude(usd)).toBe(shown)
})

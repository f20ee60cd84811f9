import { toned } from '@sluice/notify/parts'
import { expect, test } from 'vitest'
import { writing } from './writing.ts'

test('figures, days and changes are written as people of one language read them', () => {
  const { whole, longDay, arrowed } = writing('fr-FR', { missing: 'n/d' })
  expect([whole(null), longDay('2026-11-28')]).toEqual(['n/d', 'samedi 28 novembre 2026'])
  expect([arrowed('-2.1'), arrowed(0), arrowed(null)]).toEqual([toned('▼\u00a02,10\u00a0%', 'fall'), '0,00\u00a0%', 'n/d'])
  expect(writing('en-GB').arrowed(2.1)).toEqual(toned('▲\u00a02.10%', 'rise'))
})

import { expect, test } from 'vitest'
import { pastBodies, start } from './index.ts'

test('a body of the past is the one the server gives when its clock stands there', async () => {
  const at = Date.parse('2026-10-01T12:30:00Z')
  await using server = await start({ seed: 3, now: () => at })
  const [body] = [...pastBodies({ seed: 3, from: at, to: at + 1, everyMs: 1_800_000, count: 20 })]
  const answer = await fetch(`${server.url}/assets?limit=20`, { headers: { authorization: `Bearer ${server.apiKey}` } })
  expect(body?.body).toBe(await answer.text())
})

test('a day has as many bodies as intervals', () => {
  const from = Date.parse('2026-10-01T00:00:00Z')
  const bodies = [...pastBodies({ from, to: from + 86_400_000, everyMs: 1_800_000, count: 1 })]
  expect(bodies).toHaveLength(48)
  expect(new Set(bodies.map(({ at }) => at)).size).toBe(48)
})

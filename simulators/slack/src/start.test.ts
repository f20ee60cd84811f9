import { expect, test } from 'vitest'
import { type ChannelState, start } from './start.ts'

const post = async (url: string, body: unknown): Promise<string> => {
  const response = await fetch(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
  return `${response.status} ${await response.text()} ${response.headers.get('retry-after') ?? ''}`.trim()
}

test('a channel keeps its messages in order, one a second', async () => {
  let clock = 0
  await using slack = await start({ now: () => clock, burst: 2 })
  const said = []
  for (const [at, text] of [
    [0, 'a'],
    [0, 'b'],
    [0, 'c'],
    [999, 'd'],
    [1_000, 'e'],
  ] as const) {
    clock = at
    said.push(await post(slack.url, { text }))
  }
  expect(said).toEqual(['200 ok', '200 ok', '429 rate_limited 1', '429 rate_limited 1', '200 ok'])
  expect(slack.messages().map(({ text }) => text)).toEqual(['a', 'b', 'e'])
  expect(slack.limited()).toBe(2)
})

const header = (length: number) => ({ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(length) } })

test.each([
  ['words', '{', '400 invalid_payload'],
  ['nothing', {}, '400 no_text'],
  ['a header that is too long', { blocks: [header(151)] }, '400 invalid_blocks'],
  ['a header in mrkdwn', { blocks: [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }] }, '400 invalid_blocks'],
  ['too many blocks', { blocks: Array.from({ length: 51 }, () => header(1)) }, '400 invalid_blocks'],
  ['too many fields', { blocks: [{ type: 'section', fields: Array.from({ length: 11 }, () => header(1).text) }] }, '400 invalid_blocks'],
  ['what fits', { blocks: [header(150), { type: 'divider' }] }, '200 ok'],
])('%s', async (_, body, said) => {
  await using slack = await start()
  expect(await post(slack.url, body)).toBe(said)
})

test.each([
  ['archived', '410 channel_is_archived'],
  ['removed', '404 channel_not_found'],
  ['prohibited', '403 action_prohibited'],
  ['app_removed', '404 no_service'],
] as const satisfies readonly (readonly [ChannelState, string])[])('a channel that is %s takes nothing', async (state, said) => {
  await using slack = await start()
  slack.setChannel(state)
  expect(await post(slack.url, { text: 'a' })).toBe(said)
  expect(slack.messages()).toEqual([])
})

test('another webhook is not there, and what is broken inside says so', async () => {
  await using slack = await start()
  expect(await post(slack.url.slice(0, -1), { text: 'a' })).toBe('404 no_service')
  slack.setFaults([{ kind: 'server_error', times: 1 }])
  expect(await post(slack.url, { text: 'a' })).toBe('500 rollup_error')
})

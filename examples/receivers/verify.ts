import { createHmac, timingSafeEqual } from 'node:crypto'

const toleranceSeconds = 300

/** Whether a call of ours is true and of now. `body` is the text as it came, before it is parsed. */
export function isTrue(headers: Headers, body: string, key: string, now = Date.now()): boolean {
  const [id, seconds, signatures] = ['id', 'timestamp', 'signature'].map((name) => headers.get(`webhook-${name}`) ?? '')
  if (Math.abs(now / 1_000 - Number(seconds)) > toleranceSeconds) return false
  const bytes = key.startsWith('whsec_') ? Buffer.from(key.slice(6), 'base64') : Buffer.from(key)
  const expected = Buffer.from(`v1,${createHmac('sha256', bytes).update(`${id}.${seconds}.${body}`).digest('base64')}`)
  return (signatures ?? '').split(' ').some((each) => {
    const given = Buffer.from(each)
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

const name = '[A-Z][a-z]{2}'
const time = String.raw`\d{2}:\d{2}:\d{2}`
/** The three forms of an HTTP date (RFC 9110, 5.6.7): IMF-fixdate, and what old servers send. */
const dates = [
  new RegExp(`^${name}, \\d{2} ${name} \\d{4} ${time} GMT$`),
  new RegExp(`^[A-Z][a-z]+day, \\d{2}-${name}-\\d{2} ${time} GMT$`),
  new RegExp(`^${name} ${name} [ \\d]\\d ${time} \\d{4}$`),
]

/**
 * Milliseconds a `Retry-After` header asks to wait: whole seconds or an HTTP date (RFC 9110, 10.2.3), a date of the past is 0. `undefined`
 * when absent or anything else: `1.5` and `-5` are not dates. However large, a number is told as it is; who waits has a limit.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, Number.MAX_VALUE)
  if (!dates.some((form) => form.test(text))) return undefined
  // The third form says no zone, and means GMT.
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

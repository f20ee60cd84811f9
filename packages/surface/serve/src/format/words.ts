import { type Actor, formatDuration, formatInstant, type Instant, numbersIn } from '@sluice/core'
import pc from 'picocolors'

type Colour = (text: string) => string

const colours: Readonly<Record<string, Colour>> = {
  success: pc.green,
  written: pc.green,
  ok: pc.green,
  fresh: pc.green,
  failed: pc.red,
  fail: pc.red,
  lost: pc.red,
  late: pc.red,
  upstream_failed: pc.red,
  running: pc.cyan,
  rescheduled: pc.cyan,
  queued: pc.yellow,
  paused: pc.yellow,
  partly_delivered: pc.yellow,
  warn: pc.yellow,
  never_written: pc.yellow,
  skipped: pc.magenta,
  cancelled: pc.magenta,
  waiting: pc.dim,
  no_expectation: pc.dim,
}

/** What a state is shown in. */
export const stateColour = (name: string): Colour => colours[name] ?? String

export const state = (name: string): string => stateColour(name)(name)

/** Of a text that begins with a state. */
export const stateFirst = (text: string): string => text.replace(/^\w+/, state)

/** `3m ago`, `in 12m`, `-` for never. */
export function relative(instant: Instant | null, now: Instant): string {
  if (instant === null) return '-'
  const ms = instant - now
  if (Math.abs(ms) < 1_000) return 'now'
  return ms > 0 ? `in ${coarse(ms)}` : `${coarse(-ms)} ago`
}

/** The largest unit alone once it is minutes: nobody reads seconds of yesterday. */
const coarse = (ms: number): string => (ms < 60_000 ? `${Math.round(ms / 1_000)}s` : (formatDuration(ms).split(' ')[0] ?? ''))

/** `2026-11-21 03:30:00Z`. */
export const moment = (instant: Instant | null): string =>
  instant === null
    ? '-'
    : formatInstant(instant)
        .replace('T', ' ')
        .replace(/\.\d{3}Z$/, 'Z')

/** `2026-11-21 04:30:00 +01:00`: of a zone, with what it is from UTC, so that the text means one instant also when clocks change. */
export function momentIn(timeZone: string, instant: Instant): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  }).formatToParts(instant)
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((each) => each.type === type)?.value ?? ''
  const offset = part('timeZoneName').replace(/^GMT/, '') || '+00:00'
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')} ${offset}`
}

export const took = (start: Instant | null, end: Instant | null, now: Instant): string =>
  start === null ? '-' : formatDuration(Math.max(0, (end ?? now) - start))

/** `ada`, `ada (token ci)`, `owner`, `schedule`. */
export const actorText = (actor: Actor): string => actor.replace(/^user:/, '').replace(/^token:(.*)\/(.*)$/, '$1 (token $2)')

/** `1,234`; `-` for unknown. */
export const count = (value: number | null): string => (value === null ? '-' : value.toLocaleString('en-US'))

export function bytes(value: number | null): string {
  if (value === null) return '-'
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const at = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log(value) / Math.log(1_000)))
  return at === 0 ? `${value} B` : `${(value / 1_000 ** at).toFixed(1)} ${units[at]}`
}

/** `1 run`, `1,234 runs`. */
export const counted = numbersIn('en').counted

/** `14 %`. */
export const percent = (share: number): string => `${Math.round(share * 100).toLocaleString('en-US')} %`

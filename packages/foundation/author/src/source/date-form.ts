/** As the compiler sees it: it says year, month and day. What else may stand in it is looked at when a format is made. */
export type DateForm = 'epoch-seconds' | 'epoch-milliseconds' | (`${string}y${string}` & `${string}M${string}` & `${string}d${string}`)

/** Runs of letters that mean something in a form of dates, as CLDR has them, with what they say of the day. */
export const dateLetters = {
  y: 'year',
  yy: 'year',
  yyyy: 'year',
  M: 'month',
  MM: 'month',
  MMM: 'month',
  MMMM: 'month',
  d: 'day',
  dd: 'day',
  H: null,
  HH: null,
  h: null,
  hh: null,
  m: null,
  mm: null,
  s: null,
  ss: null,
  a: null,
  E: null,
  EEE: null,
  EEEE: null,
  X: null,
  XX: null,
  XXX: null,
} as const satisfies Readonly<Record<string, 'year' | 'month' | 'day' | null>>

/** Quoted text, a run of one letter, or one other character. */
export const dateParts = /'((?:[^']|'')*)'|([a-zA-Z])\2*|([^a-zA-Z'])/g

/** Why a text cannot be read as a form of dates; undefined where it can. */
export function dateFormFault(form: string): string | undefined {
  if (form === 'epoch-seconds' || form === 'epoch-milliseconds') return undefined
  const said = new Set<string | null>()
  for (const [run] of form.matchAll(dateParts)) {
    if (!/^[a-zA-Z]/.test(run) || /^S{1,9}$/.test(run)) continue
    if (!Object.hasOwn(dateLetters, run)) return `the letters "${run}" mean nothing`
    said.add(dateLetters[run as keyof typeof dateLetters])
  }
  const lacking = (['year', 'month', 'day'] as const).find((each) => !said.has(each))
  return lacking === undefined ? undefined : `it does not say the ${lacking}`
}

export const dateFormAdvice = 'Write it with the letters y M d H h m s S a E X: dd/MM/yyyy, d-MMM-yy, MM/dd/yyyy h:mm a.'

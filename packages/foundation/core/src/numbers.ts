/** A figure as data has it: decimals are text. */
export type Figure = number | string | null

/** How people of one language read figures. */
export interface Numbers {
  /** `1 957`: whole. */
  readonly whole: (value: Figure) => string
  /** `4,3 %`, of 4.3. `digits` behind the comma: 2 unless given. */
  readonly percent: (value: Figure, digits?: number) => string
  /** `+4,3 %`, `−4,3 %`, `0,0 %`: what has changed. */
  readonly signedPercent: (value: Figure, digits?: number) => string
  /** `56 504,89 $`; below 10 four digits more, which tell cheap things apart: `1,0003 $`, `0,00003868 $`. */
  readonly price: (value: Figure) => string
  /** `1 957 Md $`, `830,1 M $`: in thousand millions or millions, never in a "billion", which French and English mean differently. */
  readonly amount: (value: Figure) => string
  /** `1 ligne`, `2 lignes`: the word in the number that the language asks for. `more` is `one` with an s unless given. */
  readonly counted: (count: number, one: string, more?: string) => string
}

export interface NumbersOptions {
  /** ISO 4217; `USD` unless given. */
  readonly currency?: string
  /** Stands where there is no figure; `–` unless given. */
  readonly missing?: string
}

/** Figures in the writing of a locale, such as `fr-FR`. For people only: what is shown is rounded. */
export function numbersIn(locale: string, { currency = 'USD', missing = '–' }: NumbersOptions = {}): Numbers {
  const money = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const
  const shown = (value: Figure, options: Intl.NumberFormatOptions, scale = 1): string => {
    const number = value === null ? Number.NaN : Number(value) * scale
    return Number.isFinite(number) ? joined(new Intl.NumberFormat(locale, options).formatToParts(number)) : missing
  }
  const percentOf = (value: Figure, digits: number, signDisplay: 'negative' | 'exceptZero'): string =>
    shown(value, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay }, 0.01)
  const whole = (value: Figure): string => shown(value, { maximumFractionDigits: 0 })
  const plural = new Intl.PluralRules(locale)
  return {
    whole,
    counted: (count, one, more = `${one}s`) => `${whole(count)} ${plural.select(count) === 'one' ? one : more}`,
    percent: (value, digits = 2) => percentOf(value, digits, 'negative'),
    signedPercent: (value, digits = 2) => percentOf(value, digits, 'exceptZero'),
    price: (value) =>
      Math.abs(Number(value)) >= 1 || Number(value) === 0
        ? shown(value, { ...money, minimumFractionDigits: 2, maximumFractionDigits: Math.abs(Number(value)) < 10 ? 4 : 2 })
        : shown(value, { ...money, minimumSignificantDigits: 4, maximumSignificantDigits: 4 }),
    amount: (value) => {
      const size = Math.abs(Number(value)) >= 1e9 ? 1e9 : 1e6
      const figure = Number(value) / size
      if (value === null || !Number.isFinite(figure)) return missing
      if (Math.abs(figure) < 1) return shown(value, { ...money, maximumFractionDigits: 0 })
      const digits = Math.abs(figure) >= 1_000 ? 0 : 1
      const written = shown(Math.abs(figure), { maximumFractionDigits: digits })
      const around = new Intl.NumberFormat(locale, { ...money, notation: 'compact', maximumFractionDigits: 0 }).formatToParts(
        Math.sign(figure) * size,
      )
      return joined(around.map((part) => (part.type === 'integer' ? { ...part, value: written } : part)))
    },
  }
}

/** With the sign for minus, which is as wide as the plus. */
const joined = (parts: readonly Intl.NumberFormatPart[]): string =>
  parts.map(({ type, value }) => (type === 'minusSign' ? '\u2212' : value)).join('')

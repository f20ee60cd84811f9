import { type Dates, datesIn, type Figure, type Numbers, type NumbersOptions, numbersIn } from '@sluice/core'
import { arrow, type Inline } from '@sluice/notify/parts'

/** How people of one language read figures, days, times and changes. */
export interface Writing extends Numbers, Dates {
  /** `▲ 2,10 %` of 2.1, in the colour of its direction. What is written like no change has no arrow. */
  readonly arrowed: (by: Figure) => Inline
}

/** Figures and days in the writing of a locale, such as `fr-FR`. For people only: what is shown is rounded. */
export function writing(locale: string, options: NumbersOptions = {}): Writing {
  const numbers = numbersIn(locale, options)
  return Object.freeze({ ...numbers, ...datesIn(locale), arrowed: (by: Figure) => arrow(by, numbers.percent) })
}

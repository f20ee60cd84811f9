import { arrow, datesIn, type Figure, numbersIn } from 'sluice'

export const { whole, price, amount, percent, signedPercent, counted } = numbersIn('fr-FR', { missing: 'n/d' })
export const { longDay, moment } = datesIn('fr-FR')
export const arrowed = (by: Figure) => arrow(by, percent)

/** `Bitcoin BTC`. */
export const called = ({ nom, symbole }: { readonly nom: string; readonly symbole: string }): string =>
  nom === symbole ? nom : `${nom} ${symbole}`
/** `2 lignes mises de côté sur 122`, with where to look. */
export const leftOut = (rows: number, of: string): readonly string[] =>
  rows === 0 ? [] : [`${counted(rows, 'ligne mise', 'lignes mises')} de côté ${of}\u00a0: sluice lake read silver.assets__quarantine.`]

import { note, writing } from 'sluice'

export const { whole, price, amount, percent, signedPercent, arrowed, counted, longDay, longMoment, moment } = writing('fr-FR', {
  missing: 'n/d',
})

/** `Bitcoin BTC`. */
export const called = ({ nom, symbole }: { readonly nom: string; readonly symbole: string }): string =>
  nom === symbole ? nom : `${nom} ${symbole}`
/** `2 lignes mises de côté sur 122`, with where to look. */
export const leftOut = (rows: number, of: string) =>
  rows > 0 && note(`${counted(rows, 'ligne mise', 'lignes mises')} de côté ${of}\u00a0: sluice lake read silver.assets__quarantine.`)

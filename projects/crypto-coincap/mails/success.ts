import { htmlMail, preformatted } from './html.ts'

/** The mail after a run that went well: the report itself. */
export function successMail(day: string, rows: number, report: readonly string[]) {
  const subject = `Pipeline Crypto Réussi - ${day}`
  const line = `${rows} cryptomonnaies importées et vérifiées.`
  return { subject, text: [line, '', ...report].join('\n'), html: htmlMail(subject, `<p>${line}</p>${preformatted(report)}`) }
}

import { requestErrors } from '@sluice/core'
import { sqlTokens } from '@sluice/postgres'

/**
 * What the grammar of PostgreSQL itself parses or makes XML with, the type, whose values are parsed, and the functions that take one: a
 * text that is given to them is parsed before their rights are looked at.
 */
const xmlWords = new Set(
  'xpath xpath_exists xmlvalidate xmlconcat2 xmlagg xml_out xml_send xml xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable'.split(
    ' ',
  ),
)

/**
 * Refuses typed statements that would have the server parse XML. Rights cannot: these are words, not functions.
 * @throws `request.denied`
 */
export function refuseXml(statement: string): void {
  let before = ''
  for (const { kind, text } of sqlTokens(statement)) {
    if (kind === 'comment') continue
    const word = kind === 'word' ? text.toLowerCase() : kind === 'quoted' && text.startsWith('"') ? text.slice(1, -1).toLowerCase() : ''
    // An identifier in escapes (U&"...") may spell anything.
    if (xmlWords.has(word) || (before === 'u&' && text.startsWith('"') && text.includes('\\'))) throw refused(text)
    before = kind === 'word' ? text.toLowerCase() : before === 'u' && text === '&' ? 'u&' : ''
  }
}

const refused = (word: string) =>
  requestErrors.denied(`queries that people type may not use ${word}: the server would parse XML for them`, {
    facts: { word },
    next: 'Read the column as it is, or take the XML apart in a task, which writes rows.',
  })

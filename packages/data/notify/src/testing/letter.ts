/**
 * What a mail says, for fixtures: its language, and its elements from the title to the footer. The frame and the looks are the same in each
 * mail; the fixture of the parts holds them.
 */
export function letterOf(html: string): string {
  const lang = /<html lang="([^"]*)">/.exec(html)?.[1] ?? ''
  const letter = html.slice(html.indexOf('<h1'), html.indexOf('</body>')).replaceAll(/ style="[^"]*"/g, '')
  return `lang ${lang}\n${letter}`
}

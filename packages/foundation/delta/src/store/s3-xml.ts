/**
 * Reads the few flat answers of the S3 API. It is not a parser for XML: it handles no attributes, comments or CDATA, which S3 does not send
 * here.
 */
export function blocksOf(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}(?:\\s[^>]*)?>([\\s\\S]*?)</${tag}>`, 'g'))].map((match) => match[1] ?? '')
}

export function textOf(xml: string, tag: string): string | undefined {
  const [text] = blocksOf(xml, tag)
  return text === undefined ? undefined : withoutEntities(text)
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function withoutEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
    return entities[name ?? ''] ?? whole
  })
}

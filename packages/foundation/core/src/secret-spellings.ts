/** Shorter values would blank half of every text and protect nothing. */
const shortestSecret = 4
/** A form that is not the secret itself says little when it is short, and stands in many texts. */
const shortestForm = 6

/**
 * How a secret may be written: as it is, inside JSON, URLs, HTML and SQL, as base64 wherever in a longer text it begins, as hex and other
 * lists of its bytes, backwards, with something between its characters. Each line of one that has several. Case is left to who looks.
 */
export function spellingsOf(secret: string): readonly string[] {
  if (secret.length < shortestSecret) return []
  const forms = [...new Set([...written(secret), ...encoded(secret), ...takenApart(secret)])]
  const known = forms.filter((form) => form.length >= (form === secret ? shortestSecret : shortestForm))
  return [...new Set([secret, ...known, ...linesOf(secret).flatMap(spellingsOf)])]
}

/** Where a key stands alone on its lines, each of them is printed alone. */
function linesOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/)
  return lines.length < 2 ? [] : lines.filter((line) => line.length >= 8 && !line.startsWith('-----'))
}

function written(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const url = attempted(() => encodeURIComponent(secret)) ?? secret
  const strictUrl = url.replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
  return [
    json,
    JSON.stringify(json).slice(1, -1),
    json.replaceAll('/', '\\/'),
    url,
    strictUrl,
    strictUrl.replaceAll('%20', '+'),
    url.replaceAll('%', '%25'),
    htmlOf(secret, '&quot;', '&#39;'),
    htmlOf(secret, '&#34;', '&#x27;'),
    secret.replaceAll("'", "''"),
    secret.replaceAll("'", "'\\''"),
  ]
}

const htmlOf = (secret: string, quote: string, apostrophe: string): string =>
  secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', quote).replaceAll("'", apostrophe)

function encoded(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret)
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'))
  const numbers = [...bytes].map(String)
  return [
    ...base64Of(bytes),
    // A secret of Kubernetes that is kept as base64 once more.
    ...base64Of(new TextEncoder().encode(btoa(binary(bytes)))),
    ...utf16Of(secret).flatMap(base64Of),
    ...linesOfBase64(btoa(binary(bytes))),
    base32Of(bytes),
    // Two bytes a group, as xxd shows them.
    hex.join('').replaceAll(/....(?!$)/g, '$& '),
    ...['', ' ', ':', '-', ', ', ',', '%', '\\x'].map((between) => hex.join(between)),
    [...secret].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    ...[',', ', ', ' '].map((between) => numbers.join(between)),
  ]
}

/** The bytes of UTF-16, as PowerShell and .NET give a text to be encoded. */
function utf16Of(secret: string): readonly Uint8Array[] {
  const bytes = Array.from(secret, (_, at) => secret.charCodeAt(at)).flatMap((unit) => [unit & 0xff, unit >> 8])
  return [Uint8Array.from(bytes), Uint8Array.from(bytes, (_, at) => bytes[at ^ 1] ?? 0)]
}

/** Each line of a long one, broken as mails and PEM break it. */
const linesOfBase64 = (text: string): readonly string[] =>
  [64, 76].flatMap((width) => (text.length <= width ? [] : (text.match(new RegExp(`.{8,${width}}`, 'g')) ?? [])))

/** In both alphabets, whole, and as it stands in a longer text: it may begin at any of the three bytes of a group. */
function base64Of(bytes: Uint8Array): readonly string[] {
  const whole = btoa(binary(bytes))
  const within = [0, 1, 2].map((before) => {
    const text = btoa('\0'.repeat(before) + binary(bytes))
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
  return [whole, whole.replaceAll('=', ''), ...within].flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
}

const binary = (bytes: Uint8Array): string => [...bytes].map((byte) => String.fromCharCode(byte)).join('')

function base32Of(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const whole = Math.floor(bits.length / 5)
  return Array.from(
    { length: whole },
    (_, at) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(bits.slice(at * 5, at * 5 + 5), 2)],
  ).join('')
}

function takenApart(secret: string): readonly string[] {
  const characters = [...secret]
  return [
    characters.toReversed().join(''),
    ...['\0', '-', ' ', '.', ',', ', ', ':', '_', '|', '/', '","', '", "', "', '"].map((between) => characters.join(between)),
  ]
}

function attempted<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

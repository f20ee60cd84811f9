/** JSON text for a jsonb parameter: PostgreSQL holds no NUL character and no half of a surrogate pair, which JSON writes as escapes. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g, '$1\\ufffd')

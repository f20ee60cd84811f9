/*
 * PostgreSQL holds no NUL character and no half of a surrogate pair; U+FFFD stands for one. For texts that others have written: answers of
 * servers, errors, outputs of tasks.
 */

export const storableText = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed()

/** JSON text for a jsonb parameter. JSON writes such characters as escapes. */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g, '$1\\ufffd')

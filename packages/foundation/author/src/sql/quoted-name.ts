/** A name of a column in SQL: both stores quote names alike. */
export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** What may travel between tasks: it is stored as JSON in the metadata database. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

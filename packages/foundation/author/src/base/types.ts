/** No options at all: the default of what a definition may leave out. */
export type None = Record<never, never>

export type IsAny<T> = 0 extends 1 & T ? true : false

/** Names of the members. Without `infer` TypeScript shows the alias and not the names. */
export type Names<T> = keyof T extends infer K ? K & string : never

/** A name inside of a sentence. In single quotes: the compiler would show double ones escaped. */
export type Quote<T> = `'${T & string}'`

/** An intersection of members as one flat type, which is what a reader sees on hover. */
export type Flat<T> = { readonly [K in keyof T]: T[K] } extends infer F ? F : never

/** Refuses options that do not exist. TypeScript does not, where the options are inferred (`<const O extends Options>`). */
export type Known<O, Options> = {
  readonly [K in keyof O]: K extends keyof Options ? O[K] : `there is no option ${Quote<K>} here`
}

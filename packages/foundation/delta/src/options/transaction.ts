import { a, filledText, options, required } from './form.ts'

/** `txn` of every write. A number that is not exact is `transaction.invalid`. */
export const transaction = options<{ readonly appId: string; readonly version: number }>({
  appId: required(filledText),
  version: required(a<number>('a number', (value) => typeof value === 'number')),
})

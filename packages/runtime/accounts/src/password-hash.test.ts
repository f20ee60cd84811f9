import { expect, test } from 'vitest'
import { hashPassword, nobodysHash, passwordFits } from './password-hash.ts'

test('a password fits its own hash, in which it does not stand, and no other does', async () => {
  const hash = await hashPassword('correct horse battery')
  expect(hash).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/)
  expect(await passwordFits('correct horse battery', hash)).toBe(true)
  expect(await passwordFits('correct horse batterz', hash)).toBe(false)
  expect(await passwordFits('', hash)).toBe(false)
})

test('the same password twice has two hashes', async () => {
  expect(await hashPassword('correct horse battery')).not.toBe(await hashPassword('correct horse battery'))
})

test('composed and decomposed letters are the same password', async () => {
  expect(await passwordFits('mot de passe e\u0301te\u0301', await hashPassword('mot de passe \u00e9t\u00e9'))).toBe(true)
})

test('a text that is not a hash, and the hash of an unknown user, fit no password', async () => {
  for (const stored of ['', 'plain', 'scrypt$', 'md5$1$1$1$x$y', nobodysHash()]) expect(await passwordFits('', stored)).toBe(false)
})

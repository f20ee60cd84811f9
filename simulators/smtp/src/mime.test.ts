import { expect, it } from 'vitest'
import { parseMessage } from './mime.ts'

const latin = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

it('reads a nested multipart with quoted-printable, base64 and 8-bit parts', () => {
  const html = Buffer.from('<p>Réussi</p>').toString('base64')
  const raw = [
    'Subject: =?UTF-8?Q?Pipeline_Crypto_R=C3=A9us?= =?UTF-8?B?c2k=?=',
    'Content-Type: multipart/mixed; boundary="outer"',
    '',
    'preamble',
    '--outer',
    'Content-Type: multipart/alternative;',
    ' boundary=inner',
    '',
    '--inner',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'R=C3=A9us=',
    'si =3D ok',
    '--inner',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    html,
    '--inner--',
    '--outer--',
  ].join('\r\n')
  expect(parseMessage(raw)).toMatchObject({ subject: 'Pipeline Crypto Réussi', text: 'Réussi = ok', html: '<p>Réussi</p>' })
})

it('reads a message of one part, its folded headers and its 8-bit body', () => {
  const raw = latin('Subject: one\r\n two\r\nX-A: 1\r\nX-A: 2\r\nContent-Type: text/plain; charset=utf-8\r\n\r\né\r\n\r\nlast\r\n')
  expect(parseMessage(raw)).toMatchObject({ subject: 'one two', headers: { 'x-a': '1' }, text: 'é\n\nlast\n', html: '' })
})

it('joins a character whose bytes are split over two encoded words', () => {
  expect(parseMessage('Subject: =?utf-8?Q?=C3?=\r\n =?utf-8?Q?=A9?=\r\n\r\n').subject).toBe('é')
})

import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { emailTransport } from './email-transport.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A server that answers RCPT for `b@example.org` as it is told, and all else as usual. */
async function answering(answer: string): Promise<number> {
  const server = createServer((socket) => {
    let inMessage = false
    socket.on('error', () => undefined)
    socket.write('220 ready\r\n')
    socket.on('data', (data) => {
      for (const line of data.toString().split('\r\n').slice(0, -1)) {
        if (inMessage && line !== '.') continue
        inMessage = line === 'DATA'
        const told = line.startsWith('RCPT') && line.includes('b@example.org') ? answer : '250 ok'
        socket.write(`${line === 'DATA' ? '354 go on' : told}\r\n`)
      }
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const message = { subject: 's', text: 't', html: '<p>t</p>' }
const deliver = async (answer: string, to: string) =>
  await emailTransport({ host: '127.0.0.1', port: await answering(answer), security: 'none', from: 'a@example.org' }).send({
    key: 'k',
    to,
    message,
  })

test.each([
  ['250 ok', 'delivered'],
  ['251 will forward', 'delivered'],
  ['252 cannot say', 'delivered'],
  ['450 busy', 'deferred'],
  ['451 greylisted', 'deferred'],
  ['452 too many', 'deferred'],
  ['503 bad sequence', 'deferred'],
  ['552 too many', 'deferred'],
  ['199 what', 'deferred'],
  ['600 what', 'deferred'],
  ['nonsense', 'deferred'],
  ['550 no such user', 'refused'],
  ['551 not here', 'refused'],
  ['553 no such name', 'refused'],
  ['554 no', 'refused'],
])('an address whose RCPT is answered "%s" is %s, beside another and alone', async (answer, state) => {
  expect(await deliver(answer, 'b@example.org, c@example.org')).toMatchObject({
    'b@example.org': { state },
    'c@example.org': { state: 'delivered' },
  })
  const alone = await deliver(answer, 'b@example.org').catch(
    (thrown: unknown) => (thrown as { facts: { recipients: unknown } }).facts.recipients,
  )
  expect(alone).toMatchObject({ 'b@example.org': { state } })
})

import { createServer } from 'node:http'

const key = 'demo-token'

/** Issues in the form that GitHub gives them; one of them was written by an account that is gone. */
const issueAt = (number: number, since: number) => ({
  number,
  title: `Issue ${number}`,
  state: number % 3 === 0 ? 'closed' : 'open',
  user: number === 7 ? null : { login: `person-${number % 5}` },
  comments: number % 11,
  updated_at: new Date(since + number * 1_000).toISOString(),
})

/** Stands in for GitHub in the demo and in tests: wants the token, and gives 120 issues a call, in pages. */
export async function start({ port = 0 } = {}) {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const [size, page] = [Number(searchParams.get('per_page')), Number(searchParams.get('page'))]
    const since = Date.parse(searchParams.get('since') ?? '')
    const numbers = Array.from({ length: 120 }, (_, index) => index + 1).slice((page - 1) * size, page * size)
    response.setHeader('content-type', 'application/json; charset=utf-8')
    if (request.headers.authorization !== `Bearer ${key}`) response.writeHead(401).end('{"message":"Bad credentials"}')
    else if (!/^\/repos\/[^/]+\/[^/]+\/issues$/.test(pathname)) response.writeHead(404).end('{"message":"Not Found"}')
    else response.end(JSON.stringify(numbers.map((number) => issueAt(number, since))))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    apiKey: key,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

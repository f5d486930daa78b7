// A crowd in a process of its own, so that what it costs to send is not measured as the server's: reads the guesses
// from its input, posts them all at once, and writes what came back.
import { request } from 'node:http'

function post({ port, path, headers, body }) {
  return new Promise((resolve) => {
    const start = performance.now()
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: false }, (response) => {
      response.resume()
      response.on('end', () => {
        const { statusCode: status } = response
        resolve({ status, retryAfter: response.headers['retry-after'], milliseconds: performance.now() - start })
      })
    })
    sent.on('error', (error) => resolve({ status: 0, retryAfter: error.message, milliseconds: 0 }))
    sent.end(body)
  })
}

let input = ''
for await (const chunk of process.stdin) input += chunk
process.stdout.write(JSON.stringify(await Promise.all(JSON.parse(input).map(post))))

// Answers an app that frames this page whether its session_state still tells of this browser: `unchanged`, `changed` or
// `error` (OpenID Connect Session Management 1.0 §3.2, §3.3). The hash is that of core/sessions/session-state.ts.
;(() => {
  const name = document.currentScript.getAttribute('data-cookie')

  function browserState() {
    const cookies = document.cookie.split('; ').map((cookie) => cookie.split('='))
    const found = cookies.find((cookie) => cookie[0] === name)
    return found ? found[1] : ''
  }

  async function hash(text) {
    const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
    return btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')
  }

  // The message is the client's id, a space, and the session_state: a hash, a dot and its salt.
  async function judge(message, origin) {
    const [, clientId, told, salt] = /^(.+) ([\w-]+)\.([\w-]+)$/.exec(String(message)) || []
    if (!clientId) return 'error'
    const now = await hash([clientId, origin, browserState(), salt].join(' '))
    return now === told ? 'unchanged' : 'changed'
  }

  // Only the framing page itself is answered, and only where it can be told so by its origin.
  addEventListener('message', async (event) => {
    if (parent === window || event.source !== parent || event.origin === 'null') return
    const status = await judge(event.data, event.origin).catch(() => 'error')
    event.source.postMessage(status, event.origin)
  })
})()

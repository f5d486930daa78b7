// What the pages do better where scripts run; each works without. Texts come from the markup, in the page's language.
// Written for old engines too: no modules, no optional chaining.
;(() => {
  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act)
  }

  // Submits once: a second click, or Enter held down, does nothing until the page is shown again or ten seconds pass.
  each('form[data-once]', (form) => {
    function release() {
      form.removeAttribute('data-sent')
      form.removeAttribute('aria-busy')
    }
    form.addEventListener('submit', (event) => {
      if (form.hasAttribute('data-sent')) {
        event.preventDefault()
        return
      }
      form.setAttribute('data-sent', '')
      form.setAttribute('aria-busy', 'true')
      setTimeout(release, 10000)
    })
    window.addEventListener('pageshow', release)
  })

  // Shows and hides the password; hidden again when it is sent, so that browsers do not keep it as ordinary text.
  each('button[data-reveal]', (button) => {
    const input = document.getElementById(button.getAttribute('aria-controls'))
    const status = document.querySelector('[data-reveal-status]')
    const show = { text: button.textContent, label: button.getAttribute('aria-label') }
    const hide = { text: button.getAttribute('data-hide'), label: button.getAttribute('data-hide-label') }
    function turn(shown) {
      const next = shown ? hide : show
      input.type = shown ? 'text' : 'password'
      button.textContent = next.text
      button.setAttribute('aria-label', next.label)
    }
    button.hidden = false
    button.addEventListener('click', () => {
      const shown = input.type === 'password'
      turn(shown)
      status.textContent = button.getAttribute(shown ? 'data-shown' : 'data-hidden')
    })
    input.form.addEventListener('submit', () => turn(false))
  })

  each('button[data-copy]', (button) => {
    if (!navigator.clipboard) return
    button.hidden = false
    button.addEventListener('click', () => {
      navigator.clipboard.writeText(button.getAttribute('data-copy')).then(() => {
        button.parentNode.querySelector('[data-copy-status]').textContent = button.getAttribute('data-copied')
      })
    })
  })

  // Signed out: goes on when the apps in the frames have loaded, or when they take too long.
  each('a[data-go-on]', (link) => {
    let isGone = false
    function goOn() {
      if (!isGone) window.location.replace(link.href)
      isGone = true
    }
    if (document.readyState === 'complete') goOn()
    window.addEventListener('load', goOn)
    setTimeout(goOn, 3000)
  })

  // The form_post answer sends itself, but not when someone comes back to it: that would present a spent code.
  each('form[data-auto]', (form) => {
    const arrival =
      window.performance && performance.getEntriesByType ? performance.getEntriesByType('navigation')[0] : undefined
    if (arrival !== undefined && arrival.type === 'back_forward') return
    form.setAttribute('data-sent', '')
    form.submit()
  })
})()

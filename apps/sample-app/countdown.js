// Counts the access token's life down. The page works without it.
const life = document.querySelector('.life')
const bar = life.querySelector('progress')
const text = life.querySelector('span')

function tick() {
  const left = Math.max(0, Math.round((Number(life.dataset.expires) - Date.now()) / 1000))
  const due = Date.now() >= Number(life.dataset.renews)
  bar.value = left
  const countdown = left > 0 ? `Expires in ${Math.floor(left / 60)} min ${left % 60} s` : 'Expired'
  text.textContent = due ? `${countdown}: the next request refreshes it` : countdown
}

tick()
setInterval(tick, 1000)

// The growers' page: its frame, and which screen is shown.
import { render } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { chooseLanguage, language, languages, loadLanguage, t } from '../shared/i18n'
import { retry } from '../shared/outbox'
import { Account } from './Account'
import { preload } from './advice'
import { DiseasePage, Diseases } from './Diseases'
import './growers.css'
import { History, RecordPage } from './History'
import { BookIcon, CameraIcon, ListIcon, PersonIcon } from './icons'
import { AnswerPage } from './Result'
import { begin, refresh, set, useShared, who } from './state'
import { Take } from './Take'

const tabs = [
  { path: '/', word: 'tab.take', icon: CameraIcon, screens: ['', 'answer'] },
  { path: '/history', word: 'tab.history', icon: ListIcon, screens: ['history', 'record'] },
  { path: '/diseases', word: 'tab.diseases', icon: BookIcon, screens: ['diseases', 'disease'] },
  { path: '/account', word: 'tab.account', icon: PersonIcon, screens: ['account'] },
]

function Screen({ name, what }: { name: string; what: string }) {
  switch (name) {
    case 'answer': return <AnswerPage id={what} />
    case 'record': return <RecordPage id={Number(what)} />
    case 'history': return <History />
    case 'diseases': return <Diseases />
    case 'disease': return <DiseasePage disease={what} />
    case 'account': return <Account />
  }
  return <Take />
}

function Growers() {
  const { route, online, waiting: queue, update } = useShared()
  const [, name = '', what = ''] = route.split('/')
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)

  // A new screen begins at its top and with its heading, for eyes and readers.
  useEffect(() => {
    if (first.current) return void (first.current = false)
    scrollTo(0, 0)
    main.current?.querySelector<HTMLElement>('h1')?.focus()
  }, [route])

  // A heading that is replaced, when what it stood for has arrived, hands the
  // focus on to the next: a keyboard would else begin at the page's top again.
  useEffect(() => {
    let onHeading = false
    const watch = new MutationObserver(() => onHeading && document.activeElement === document.body && main.current?.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true }))
    const follow = (e: FocusEvent) => (onHeading = (e.target as HTMLElement).tagName === 'H1')
    watch.observe(main.current!, { childList: true, subtree: true })
    addEventListener('focusin', follow)
    return () => (watch.disconnect(), removeEventListener('focusin', follow))
  }, [])

  return (
    <>
      <a class="skip" href="#main" onClick={(e) => (e.preventDefault(), main.current?.querySelector<HTMLElement>('h1')?.focus())}>{t('skip')}</a>
      <header class="top">
        <a class="brand" href="#/">MangoSense</a>
        {!online && <span class="offline">{t('offline')}</span>}
        <label class="hidden" for="language">{t('language.choose')}</label>
        <select id="language" value={language()} onChange={(e) => void chooseLanguage(e.currentTarget.value).then(() => set({ language: language() }))}>
          {languages.map((l) => <option key={l.code} value={l.code} lang={l.code}>{l.name}</option>)}
        </select>
      </header>
      {update && (
        <div class="update" role="status">
          <span>{t('update.ready')}</span>
          <button class="button small" onClick={() => update.postMessage('use the new version')}>{t('update.use')}</button>
        </div>
      )}
      <main id="main" ref={main}><Screen key={language() + route} name={name} what={safely(what)} /></main>
      <nav class="tabs" aria-label={t('tab.all')}>
        {tabs.map(({ path, word, icon: Icon, screens }) => (
          <a key={path} href={'#' + path} aria-current={screens.includes(name) ? 'page' : undefined}>
            <Icon /><span>{t(word)}</span>
            {path === '/' && queue.length > 0 && <span class="count">{queue.length}<span class="hidden"> {t('queue.badge')}</span></span>}
          </a>
        ))}
      </nav>
    </>
  )
}

function safely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

// A printed page has no parts that a tap opens: all are, while it is printed.
const closed = new Set<HTMLDetailsElement>()
addEventListener('beforeprint', () => {
  for (const d of document.querySelectorAll<HTMLDetailsElement>('main details:not([open])')) {
    closed.add(d)
    d.open = true
  }
})
addEventListener('afterprint', () => {
  closed.forEach((d) => (d.open = false))
  closed.clear()
})

async function register() {
  if (!('serviceWorker' in navigator)) return
  const had = !!navigator.serviceWorker.controller
  let left = false
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (!had || left) return
    left = true
    location.reload()
  })
  try {
    const r = await navigator.serviceWorker.register('/worker.js')
    const watch = (worker: ServiceWorker | null) => {
      if (!worker) return
      const look = () => worker.state === 'installed' && navigator.serviceWorker.controller && set({ update: worker })
      worker.addEventListener('statechange', look)
      look()
    }
    watch(r.waiting)
    watch(r.installing)
    r.addEventListener('updatefound', () => watch(r.installing))
  } catch {
    // The page works without one, while there is a network.
  }
}

await loadLanguage()
begin()
await refresh().catch(() => {})
render(<Growers />, document.getElementById('page')!)
await who()
void retry().catch(() => {})
void preload()
void register()
void navigator.storage?.persist?.()

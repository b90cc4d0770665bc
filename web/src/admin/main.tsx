import { type FunctionComponent, render } from 'preact'
import { Suspense, lazy } from 'preact/compat'
import { useEffect, useState } from 'preact/hooks'
import { type User, logOut, whoami } from '../shared/api'
import { chooseLanguage, language, languages, loadLanguage, t } from '../shared/i18n'
import './admin.css'
import { Fault, ended, sentence } from './load'
import { Login } from './login'
import { useRoute } from './router'
import { loadWords } from './words'

// Pages are parts of their own, so that the review does not wait for charts.
const pages: Record<string, FunctionComponent> = {
  review: lazy(() => import('./review')),
  overview: lazy(() => import('./overview')),
  users: lazy(() => import('./users')),
  vocabulary: lazy(() => import('./vocabulary')),
  advice: lazy(() => import('./advice')),
  models: lazy(() => import('./models')),
  storage: lazy(() => import('./storage')),
  settings: lazy(() => import('./settings')),
}

function Admin() {
  const [user, setUser] = useState<User | null | undefined>(undefined)
  const [error, setError] = useState('')
  const [, redraw] = useState(0)
  const route = useRoute()
  const name = route in pages ? route : 'review'
  useEffect(() => {
    whoami().then(setUser, (e) => setError(sentence(e)))
    const out = () => setUser((now) => now && null) // a wrong password is no end
    addEventListener(ended, out)
    return () => removeEventListener(ended, out)
  }, [])
  useEffect(() => {
    document.title = user?.is_superuser ? `${t('a.' + name)} – ${t('admin.title')}` : t('admin.title')
  })
  if (!user?.is_superuser) {
    return (
      <div class="admin">
        <header class="bar"><span class="brand">MangoSense</span></header>
        {user === undefined ? <main class="plain">{error ? <Fault text={error} /> : <p role="status" class="soft">{t('a.loading')}</p>}</main> : <Login done={setUser} />}
      </div>
    )
  }
  const Page = pages[name]!
  const translate = async (code: string) => {
    await chooseLanguage(code)
    await loadWords()
    redraw((n) => n + 1)
  }
  return (
    <div class="admin">
      <header class="bar">
        <a class="skip" href={'#/' + name} onClick={(e) => { e.preventDefault(); document.getElementById('main')?.focus() }}>{t('a.skip')}</a>
        <span class="brand">MangoSense</span>
        <nav aria-label={t('a.menu')}>
          <ul>
            {Object.keys(pages).map((p) => (
              <li key={p}><a href={'#/' + p} aria-current={p === name ? 'page' : undefined}>{t('a.' + p)}</a></li>
            ))}
          </ul>
        </nav>
        <div class="who">
          <label class="hidden" for="language">{t('a.language')}</label>
          <select id="language" value={language()} onChange={(e) => void translate(e.currentTarget.value)}>
            {languages.map((l) => <option key={l.code} value={l.code}>{l.name}</option>)}
          </select>
          <button class="button slim" onClick={() => void logOut().then(() => setUser(null), (e) => setError(sentence(e)))}>{t('a.logOut')}</button>
        </div>
      </header>
      <main id="main" tabIndex={-1} key={language()}>
        <h1>{t('a.' + name)}</h1>
        <Fault text={error} />
        <Suspense fallback={<p role="status" class="soft">{t('a.loading')}</p>}><Page /></Suspense>
      </main>
    </div>
  )
}

await loadLanguage()
await loadWords()
render(<Admin />, document.getElementById('page')!)

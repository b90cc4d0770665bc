import { useState } from 'preact/hooks'
import { type User, logIn, logOut } from '../shared/api'
import { t } from '../shared/i18n'
import { Fault, sentence } from './load'

// Login lets administrators in. A grower's account gets a sentence, and no
// session stays.
export function Login({ done }: { done: (user: User) => void }) {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (e: Event) => {
    e.preventDefault()
    setBusy(true)
    try {
      const user = await logIn(name.includes('@') ? { email: name, password } : { username: name, password })
      if (user?.is_superuser) return done(user)
      await logOut()
      setError(t('a.notAdmin'))
    } catch (err) {
      setError(sentence(err))
    }
    setBusy(false)
  }
  return (
    <main class="plain">
      <h1>{t('admin.title')}</h1>
      <form class="card stack" onSubmit={submit}>
        <div class="field">
          <label for="name">{t('a.name')}</label>
          <input id="name" value={name} onInput={(e) => setName(e.currentTarget.value)} autocomplete="username" autocapitalize="none" required />
        </div>
        <div class="field">
          <label for="password">{t('a.password')}</label>
          <input id="password" type="password" value={password} onInput={(e) => setPassword(e.currentTarget.value)} autocomplete="current-password" required />
        </div>
        <Fault text={error} />
        <button class="button main wide" disabled={busy}>{t('a.logIn')}</button>
      </form>
      <p class="small soft">{t('a.firstAdmin')} <code>mangosense user add --admin</code></p>
      <p><a href="/">{t('admin.growers')}</a></p>
    </main>
  )
}

// Log in, register, log out.
import { useState } from 'preact/hooks'
import { ServerError, ask, logIn, logOut } from '../shared/api'
import { forget, waiting } from '../shared/database'
import { t } from '../shared/i18n'
import { retry } from '../shared/outbox'
import { go, refresh, remember, useShared } from './state'

const said = (e: unknown) => (e instanceof ServerError && e.status > 0 ? [...new Set([...e.errors, ...(e.errors.length ? [] : [e.message])])] : [t('account.no.answer')])

interface FieldProps { name: string; type?: string; autocomplete: string; help?: string }

function Field({ name, type = 'text', autocomplete, help }: FieldProps) {
  return (
    <div class="field">
      <label for={name}>{t('account.' + name)}</label>
      <input id={name} name={name} type={type} autocomplete={autocomplete} required aria-describedby={help && name + '-help'} />
      {help && <p id={name + '-help'} class="soft small">{help}</p>}
    </div>
  )
}

export function Account() {
  const { user, waiting: queue } = useShared()
  const [isNew, setNew] = useState(false)
  const [faults, setFaults] = useState<string[]>([])
  const [busy, setBusy] = useState(false)

  async function enter(e: SubmitEvent) {
    e.preventDefault()
    const form = Object.fromEntries(new FormData(e.currentTarget as HTMLFormElement)) as Record<string, string>
    setBusy(true)
    setFaults([])
    try {
      if (isNew) await ask('/api/register/', { method: 'POST', json: form })
      const who = await logIn({ email: form.email!, password: form.password! })
      await remember(who)
      // What was taken before logging in becomes this account's.
      const own = (await waiting.all()).filter((w) => w.account === null)
      await waiting.put(...own.map((w) => ({ ...w, account: who.id })))
      await refresh()
      void retry()
      go('/')
    } catch (e) {
      setFaults(said(e))
    } finally {
      setBusy(false)
    }
  }

  async function leave() {
    if (queue.some((w) => w.account === user!.id) && !confirm(t('account.leave.queue'))) return
    try {
      await logOut()
    } catch (e) {
      return setFaults(said(e))
    }
    await forget(user!.id)
    await remember(null)
    await refresh()
  }

  const wrong = faults.length > 0 && <div class="note bad" role="alert"><ul class="plain-list">{faults.map((f) => <li key={f}>{f}</li>)}</ul></div>

  if (user) {
    return (
      <div class="stack">
        <h1 tabIndex={-1}>{t('account.title')}</h1>
        <div class="card stack">
          <div><b>{user.full_name || user.username}</b><p class="soft">{user.email}</p></div>
          {wrong}
          {user.is_superuser && <a class="button wide" href="/admin/">{t('account.admin')}</a>}
          <a class="button wide" href="/api/me/export/" download="mangosense.zip">{t('account.export')}</a>
          <button class="button danger wide" onClick={() => void leave()}>{t('account.leave')}</button>
        </div>
        <p class="soft small">{t('account.forget')}</p>
      </div>
    )
  }
  return (
    <div class="stack">
      <h1 tabIndex={-1}>{t(isNew ? 'account.register' : 'account.enter')}</h1>
      <form class="card stack" onSubmit={(e) => void enter(e)}>
        {wrong}
        {isNew && <><Field name="firstName" autocomplete="given-name" /><Field name="lastName" autocomplete="family-name" /></>}
        <Field name="email" type="email" autocomplete="email" />
        {isNew && <Field name="address" autocomplete="street-address" help={t('account.address.help')} />}
        <Field name="password" type="password" autocomplete={isNew ? 'new-password' : 'current-password'} help={isNew ? t('account.password.help') : undefined} />
        <button class="button main wide" disabled={busy}>{t(isNew ? 'account.register' : 'account.enter')}</button>
      </form>
      <button class="button wide" onClick={() => (setNew(!isNew), setFaults([]))}>{t(isNew ? 'account.have' : 'account.none')}</button>
      <p class="soft small">{t('account.why')}</p>
    </div>
  )
}

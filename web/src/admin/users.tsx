import { useState } from 'preact/hooks'
import { ask } from '../shared/api'
import { t } from '../shared/i18n'
import { count, moment } from './format'
import { Fault, Pages, Shown, sentence, useLoad, useTyped } from './load'

interface Account { id: number; username: string; email: string; full_name: string; date_joined: string; last_login: string | null; is_active: boolean; is_superuser: boolean; total_images: number; verified_images: number }

const size = 50

export default function Users() {
  const [search, setSearch] = useState('')
  const [active, setActive] = useState('')
  const [page, setPage] = useState(1)
  const [error, setError] = useState('')
  const query = useTyped(new URLSearchParams({ search, is_active: active || 'all' }).toString())
  const list = useLoad<{ users: Account[]; pagination: { total_count: number } }>(`/api/users/?${query}&page=${page}&page_size=${size}`)
  const change = async (u: Account) => {
    try {
      setError('')
      await ask(`/api/users/${u.id}/`, { method: 'PUT', json: { is_active: !u.is_active } })
      await list.reload()
    } catch (e) {
      setError(sentence(e))
    }
  }
  return (
    <div class="stack">
      <form class="row" role="search" onSubmit={(e) => e.preventDefault()}>
        <div class="field"><label for="search">{t('a.search')}</label><input id="search" type="search" maxLength={200} value={search} onInput={(e) => { setSearch(e.currentTarget.value); setPage(1) }} /></div>
        <div class="field"><label for="active">{t('a.state')}</label><select id="active" value={active} onChange={(e) => { setActive(e.currentTarget.value); setPage(1) }}>
          <option value="">{t('a.all')}</option><option value="true">{t('a.enabled')}</option><option value="false">{t('a.disabled')}</option></select></div>
      </form>
      <Fault text={error} />
      <Shown of={list}>{(d) => (
        <>
          <p class="small soft">{t('a.shownOf', { n: count(d.pagination.total_count) })}</p>
          {d.users.length === 0 ? <p class="note">{t('a.noUsers')}</p> : (
            <div class="scroll" tabIndex={0} role="region" aria-label={t('a.users')}><table>
              <thead><tr>{['a.name', 'a.email', 'a.role', 'a.joined', 'a.lastLogin', 'a.photos', 'a.state'].map((h) => <th key={h} scope="col">{t(h)}</th>)}</tr></thead>
              <tbody>{d.users.map((u) => (
                <tr key={u.id}>
                  <th scope="row">{u.full_name || u.username}<br /><span class="small soft">{u.username}</span></th>
                  <td>{u.email}</td>
                  <td>{u.is_superuser ? t('a.admin') : t('a.grower')}</td>
                  <td class="when">{moment(u.date_joined)}</td><td class="when">{u.last_login ? moment(u.last_login) : '–'}</td>
                  <td>{count(u.total_images)} ({t('a.verifiedN', { n: count(u.verified_images) })})</td>
                  <td><span class={u.is_active ? 'tag good' : 'tag bad'}>{u.is_active ? t('a.enabled') : t('a.disabled')}</span>{' '}
                    <button class="button slim" onClick={() => void change(u)}>{u.is_active ? t('a.disable') : t('a.enable')}<span class="hidden"> {u.username}</span></button></td>
                </tr>
              ))}</tbody>
            </table></div>
          )}
          <Pages page={page} total={d.pagination.total_count} size={size} go={setPage} />
        </>
      )}</Shown>
      <p class="small soft">{t('a.rolesNote')} <code>mangosense user</code></p>
    </div>
  )
}
